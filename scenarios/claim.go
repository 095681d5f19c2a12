package scenarios

// Ruling is what becomes of a claim.
type Ruling string

// The rulings. Qualified: true under conditions that the text leaves out.
const (
	Confirmed Ruling = "confirmed"
	Refuted   Ruling = "refuted"
	Qualified Ruling = "qualified"
	Open      Ruling = "open" // too few runs to say
)

// Claim is what a document says. A campaign rules on it by numbers; the
// scenario fails when another ruling comes out than the one expected.
type Claim struct {
	Ref    string // the requirement's id
	Text   string
	Expect Ruling
	After  int // runs that it takes; 1
	// Judge gives the ruling, and the number that it rests on in a sentence.
	Judge func(*Result) (Ruling, string)
}

// Ruled is what a campaign says of a claim; its JSON is published.
type Ruled struct {
	Ref    string `json:"ref"`
	Text   string `json:"claim"`
	Ruling Ruling `json:"ruling"`
	Number string `json:"number"` // the sentence with the number
}

// rule judges a claim.
func (c *Claim) rule(r *Result) Ruled {
	out := Ruled{Ref: c.Ref, Text: c.Text, Ruling: Open}
	if r.Seeds >= max(c.After, 1) {
		out.Ruling, out.Number = c.Judge(r)
	}
	return out
}
