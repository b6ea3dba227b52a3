package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"prunelab/model/dataset"
)

// Role says what a cell is for.
type Role string

// The roles.
const (
	Dense   Role = "dense"   // the network before any pruning
	Control Role = "control" // not pruned, retrained like the others
	Point   Role = "point"   // a pruned network
)

// Cell gives a trial its meaning in a study: it is a point of a series, for one
// seed. One trial may serve many cells: the dense network serves every series of
// its arm.
type Cell struct {
	Series
	Requested float64 `json:"requested"` // the amount, of the series' parameter
	Round     int     `json:"round"`     // of iterative pruning, from 1; 1 when one-shot; 0 for the dense network
	Retrain   bool    `json:"retrain"`   // whether the series is retrained
	Role      Role    `json:"role"`
	Seed      uint64  `json:"seed"`
	Key       Key     `json:"key"`
}

// Pilot is where a study has its strengths from: another study, which chose them
// on seeds of its own.
type Pilot struct {
	Study string   `json:"study"`
	Seeds []uint64 `json:"seeds"`
}

// String is the pilot in a study's words.
func (p *Pilot) String() string {
	if p == nil {
		return "not said"
	}
	return fmt.Sprintf("from %s, seeds %v", p.Study, p.Seeds)
}

// Bisection is a grid of ratios, each of a target, of which those are visited that tell
// where the mean accuracy loss first exceeds a bound, if it grows with the ratio.
type Bisection struct {
	Target string    `json:"target"`
	Grid   []float64 `json:"grid"`  // ascending
	Until  float64   `json:"until"` // the bound, a fraction
}

// Seen is what a data set was found to be when the plan was made. It follows from
// the trials' Data, so it is no part of what two plans differ in.
type Seen struct {
	Data     dataset.Config `json:"data"`
	Mean     []float64      `json:"mean"` // per channel: networks read (byte/255 - Mean)/SD
	SD       []float64      `json:"sd"`
	Gaps     []string       `json:"gaps,omitempty"`     // classes that a part has no image of
	Warnings []string       `json:"warnings,omitempty"` // what else keeps networks from learning
	Notes    []string       `json:"notes,omitempty"`    // how the files were read
}

// Plan is a study resolved: the trials it needs and their meaning.
type Plan struct {
	Schema int      `json:"schema"`
	Study  string   `json:"study"`
	Kernel string   `json:"kernel"` // variant that every worker has to use
	Layers []string `json:"layers"` // layers with weights, in the network's order
	Kinds  []string `json:"kinds"`  // "conv" or "dense", parallel to Layers
	Arms   []string `json:"arms"`   // in the study's order
	Split  Split    `json:"split"`
	Pilot  *Pilot   `json:"pilot,omitempty"` // nil: the study does not say
	// Primary are the claims that get verdicts, corrected together; none: as many as
	// the seeds can decide, in the order of the claims.
	Primary []string `json:"primary,omitempty"`
	// Bisected are the grids of which a bisection visits a part; nil: every amount is visited.
	Bisected []Bisection `json:"bisected,omitempty"`
	Cells    []Cell      `json:"cells"`
	Trials   []Spec      `json:"trials"`         // each key once, a start before what starts from it
	Seen     []Seen      `json:"seen,omitempty"` // of each Data of the trials; nil: who made the plan did not look

	// StudyDigest is the SHA-256 of the study that a folder's first plan was made
	// from, as it was stored beside it; "": who stored the plan did not note it.
	StudyDigest string `json:"study_digest,omitempty"`

	Warnings []string `json:"-"` // of the reader of a plan, who derives the methods
}

// Adding is the command that adds so many seeds to a run of the plan's study.
func (p Plan) Adding(seeds int) string {
	have := p.Seeds()
	n := len(have) + seeds
	if len(have) > 0 && (have[0] != 1 || have[len(have)-1] != uint64(len(have))) {
		var list []string
		next := uint64(1)
		for _, seed := range have {
			list, next = append(list, fmt.Sprint(seed)), seed+1
		}
		for i := range uint64(seeds) {
			list = append(list, fmt.Sprint(next+i))
		}
		return "prunelab run STUDY --set seeds=[" + strings.Join(list, ",") + "] --extend"
	}
	return fmt.Sprintf("prunelab run STUDY --set seeds=%d --extend", n)
}

// Same reports whether two plans are equal, whatever was noted of their data and
// of the text that they were made from.
func (p Plan) Same(o Plan) bool {
	p.Seen, o.Seen = nil, nil
	p.StudyDigest, o.StudyDigest = "", ""
	var x, y []byte
	var errX, errY error
	var both sync.WaitGroup // plans of thousands of trials are long
	both.Go(func() { x, errX = json.Marshal(p) })
	both.Go(func() { y, errY = json.Marshal(o) })
	both.Wait()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Seeds are the seeds of the plan's trials, ascending.
func (p Plan) Seeds() []uint64 {
	var seeds []uint64
	for _, t := range p.Trials {
		seeds = append(seeds, t.Seed)
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}
