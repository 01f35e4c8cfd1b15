package consent

import "os"

var errNotDirectory = os.ErrNotExist
