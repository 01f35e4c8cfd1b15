package instrument

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestRandomPrograms builds a random program of two hundred functions three ways
// and compares all that they print: the order in which things are evaluated,
// what is returned and recovered, the frames of panics. Some units run alone, in
// which they may crash, and the crash is compared.
//
// SHAPES=100 makes that a hundred programs. It is no fuzz target because those
// must be done in ten seconds, which three builds on a busy machine are not;
// FuzzShapes looks at the same programs without building them.
func TestRandomPrograms(t *testing.T) {
	skipShort(t)
	programs, err := strconv.Atoi(cmp.Or(os.Getenv("SHAPES"), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for seed := range programs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := threeWays(t, shapesTree(t, seeded(uint64(seed), 1<<16), 201))
			if n := len(w.generated.Functions); n < 150 || len(w.generated.Refused) > 5 {
				t.Errorf("%d functions instrumented, refused %v", n, w.generated.Refused)
			}
			checkRandom(t, w, 201)
		})
	}
}

// shapesTree is shapesModule with its go.mod.
func shapesTree(t *testing.T, c *choices, functions int) tree {
	files := shapesModule(t, c, functions)
	files["go.mod"] = unpack(t, &txtar.Archive{})["go.mod"]
	return files
}

// The compiler names a literal after the functions into which those around it
// were inlined (c66 of the torture); by its line it is the same.
var literalNames = regexp.MustCompile(`main\.[\w.*()\[\]-]+?\.(func\d|\d|gowrap|deferwrap)[\w.-]*`)

func withoutLiteralNames(text string) string {
	return literalNames.ReplaceAllString(text, "main.literal")
}

// checkRandom compares a whole run, and those units alone that end in a panic.
func checkRandom(t *testing.T, w *ways, units int) {
	t.Helper()
	w.normal = withoutLiteralNames
	diff, plain, recorded := w.compare(t, "")
	if diff != "" || !recorded {
		t.Errorf("recorded: %v; %s", recorded, diff)
	}
	w.checkProperties(t)
	crashed := 0
	for n := 0; n < units && crashed < 10; n++ {
		if !strings.Contains(plain, fmt.Sprintf("\nunit %d ends: ", n)) && n%40 != 0 {
			continue
		}
		diff, plain, _ := w.compare(t, fmt.Sprint(n))
		if diff != "" {
			t.Errorf("unit %d alone: %s", n, diff)
		}
		if strings.Contains(plain, "goroutine") {
			crashed++
		}
	}
}
