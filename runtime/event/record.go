package event

// Record is an event as it lies on this machine, between the moment it is
// recorded and the moment the server has it: its JSON, and what only this
// machine may know about it.
type Record struct {
	ID ID
	// Consented says that the person's yes stood when this was recorded. What
	// was recorded without it is never sent.
	Consented bool
	// Begin marks the beginning of a command. Its JSON is the event that holds
	// if the command never ends; the record of the end carries the same ID.
	Begin bool
	// PID and Host tell, for a Begin, which process runs the command. They stay
	// on this machine.
	PID, Host uint32
	// JSON is the event, with UserID and Metadata still empty.
	JSON []byte
}

// Reading is what one look at a file of records gave.
type Reading struct {
	Records []Record
	// First is the id of the file's first record: a file that was removed and
	// made anew under the same name has another one.
	First ID
	// Next is the offset to go on from.
	Next int64
	// Torn counts the records that were cut short or damaged, TornBytes the
	// bytes skipped because of them.
	Torn, TornBytes int64
	// Dropped counts the events that writers could not write, as far as they
	// found an occasion to say so.
	Dropped int64
}

// Mark says how far a file of records has been taken over: its name, its first
// record, and the offset behind the last.
type Mark struct {
	Name  string
	First ID
	Next  int64
}

// Parcel is a batch of events on its way to the server. It is put together
// once and kept until the server has answered for each of its events.
type Parcel struct {
	ID      ID
	Attempt int // 1 for the first
	Records []Record
}
