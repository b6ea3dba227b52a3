package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPageInABrowser opens report.html of a study, two of whose arms have hostile
// names, as a file in Chromium: on a phone and on a desk, and uses what the page
// offers. With PRUNELAB_PAGE set to a report.html it opens that instead, and with
// PRUNELAB_SHOTS set to a folder it leaves pictures there.
func TestPageInABrowser(t *testing.T) {
	driver := needsBrowser(t)
	file := os.Getenv("PRUNELAB_PAGE")
	if file == "" {
		dir := t.TempDir()
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		output(t, program(t, dir, "run", "base.yaml", "--out", "out", "--set", `arms[0].name=<b>"L2" & co</b>`, "--set", "arms[1].name=</script><script>throw 1</script>"), 0)
		file = filepath.Join(dir, "out", "report.html")
	}
	b := browse(t, driver)
	for _, size := range [][2]int{{390, 844}, {1200, 800}} {
		b.resize(size[0], size[1])
		b.open("file://" + file)
		b.firstScreen(size[0], size[1])
		b.check(size[0])
	}
	b.useSwitch()
	b.useSorting()
	b.useHints()
	if log := b.log(); len(log) > 0 {
		t.Errorf("the browser says: %v", log)
	}
}

// needsBrowser finds the program that drives Chromium.
func needsBrowser(t *testing.T) (driver string) {
	t.Helper()
	driver, err := exec.LookPath("chromedriver")
	installed := slices.ContainsFunc([]string{"chromium", "chromium-browser", "google-chrome"}, func(name string) bool {
		_, err := exec.LookPath(name)
		return err == nil
	})
	if err != nil || !installed {
		t.Skip("Chromium and chromedriver are not installed (Debian: apt-get install chromium chromium-driver): the page is not looked at in a browser")
	}
	return driver
}

// browser is a session of chromedriver, spoken to by its HTTP protocol (W3C
// WebDriver).
type browser struct {
	t   *testing.T
	url string
}

// browse starts chromedriver and, through it, Chromium.
func browse(t *testing.T, driver string) browser {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	profile := t.TempDir() // removed when the browser is gone
	var said bytes.Buffer
	c := exec.Command(driver, "--port="+port)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	b := browser{t, "http://" + address}
	deadline := time.Now().Add(20 * time.Second)
	for {
		if r, err := http.Get(b.url + "/status"); err == nil {
			r.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("chromedriver does not answer: %s", said.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
	var session struct{ SessionID string }
	b.call("POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":       "chrome",
		"goog:loggingPrefs": map[string]string{"browser": "ALL"},
		"goog:chromeOptions": map[string]any{"args": []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + profile}},
	}}}, &session)
	b.url += "/session/" + session.SessionID
	t.Cleanup(func() { b.call("DELETE", "", nil, nil) }) // before chromedriver is killed: the browser goes with the session
	return b
}

// call sends a command and reads the value of its answer.
func (b browser) call(method, path string, body, value any) {
	b.t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, b.url+path, sent)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %s", method, path, text)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(text, &struct{ Value any }{value}); err != nil {
		b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

func (b browser) open(url string) {
	b.call("POST", "/url", map[string]string{"url": url}, nil)
}

// resize makes the window so wide; a desk's cannot be as narrow as a phone's.
func (b browser) resize(width, height int) {
	b.call("POST", "/goog/cdp/execute", map[string]any{"cmd": "Emulation.setDeviceMetricsOverride",
		"params": map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}}, nil)
}

// eval runs a script's body in the page and reads what it returns.
func (b browser) eval(script string, value any) {
	b.t.Helper()
	b.call("POST", "/execute/sync", map[string]any{"script": script, "args": []any{}}, value)
}

// element finds the element of a selector.
func (b browser) element(selector string) map[string]string {
	b.t.Helper()
	var e map[string]string
	b.call("POST", "/element", map[string]string{"using": "css selector", "value": selector}, &e)
	return e
}

// click clicks an element as a user does, once it is in view.
func (b browser) click(selector string) {
	b.t.Helper()
	for _, id := range b.element(selector) {
		b.call("POST", "/element/"+id+"/click", map[string]any{}, nil)
	}
}

// log is what the console holds.
func (b browser) log() []string {
	var entries []struct{ Level, Message string }
	b.call("POST", "/se/log", map[string]string{"type": "browser"}, &entries)
	var texts []string
	for _, e := range entries {
		texts = append(texts, e.Level+": "+e.Message)
	}
	return texts
}

// firstScreen looks at what is seen before anything is scrolled: the first sentence of
// the answer and the figure that shows it.
func (b browser) firstScreen(width, height int) {
	b.t.Helper()
	var seen struct {
		Heading, Sentence string
		Says, Top, Shown  float64 // lower edge of the sentence; the figure's upper edge, and the part of it that is seen
	}
	b.eval(`
		const says = document.querySelector(".answer .says p"), box = document.querySelector(".answer svg").getBoundingClientRect();
		return {heading: document.querySelector("h2").textContent, sentence: says.textContent, says: says.getBoundingClientRect().bottom,
			top: box.top, shown: (Math.min(box.bottom, innerHeight) - box.top) / box.height};`, &seen)
	if seen.Heading != "Answer" || !strings.Contains(seen.Sentence, "% of the weights of") {
		b.t.Errorf("at %d: the first section is %s and begins %q", width, seen.Heading, seen.Sentence)
	}
	if seen.Says > float64(height) || seen.Top > float64(height) || seen.Shown < 0.6 {
		b.t.Errorf("at %d x %d: the sentence ends at %v, the figure begins at %v, and %v of it is seen", width, height, seen.Says, seen.Top, seen.Shown)
	}
	if dir := os.Getenv("PRUNELAB_SHOTS"); dir != "" {
		var shot []byte
		b.call("GET", "/screenshot", nil, &shot)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("first-%d.png", width)), shot, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}

// results looks at what is seen of tables: a column of numbers without scrolling, and a
// word where more lies to the right.
func (b browser) results(width int) {
	b.t.Helper()
	var found struct {
		Tables, Boxes int
		Hidden, Mute  []string
	}
	b.eval(`
		const tables = [...document.querySelectorAll("details[open] table")].filter(t => t.querySelector("th.number"));
		const boxes = [...document.querySelectorAll("details[open] .box, .drawing")];
		return {
			tables: tables.length, boxes: boxes.filter(e => e.scrollWidth > e.clientWidth + 1).length,
			hidden: tables.filter(t => t.querySelector("th.number").getBoundingClientRect().right > innerWidth).map(t => t.id),
			mute: boxes.filter(e => {
				const note = e.previousElementSibling;
				return e.scrollWidth > e.clientWidth + 1 && !(note && note.className === "more" && note.getBoundingClientRect().height > 0);
			}).map(e => e.outerHTML.slice(0, 120)),
		};`, &found)
	if found.Tables < 3 || len(found.Hidden) > 0 {
		b.t.Errorf("at %d: of %d tables %v show no number without scrolling", width, found.Tables, found.Hidden)
	}
	if len(found.Mute) > 0 || width < 600 && found.Boxes == 0 {
		b.t.Errorf("at %d: of %d boxes with more to the right these do not say so: %q", width, found.Boxes, found.Mute)
	}
}

// check looks at the page as it was opened.
func (b browser) check(width int) {
	b.t.Helper()
	var page struct {
		Inner, Scroll            int
		Figures, Flat, Tables    int
		Findings, Badges         int
		Switches                 int
		Doubles, Texts, Injected []string
	}
	b.eval(`
		const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
		const boxes = [...document.querySelectorAll(".drawing svg")].map(e => e.getBoundingClientRect());
		return {
			inner: innerWidth, scroll: document.documentElement.scrollWidth,
			figures: boxes.length, flat: boxes.filter(r => r.width < 200 || r.height < 100).length,
			tables: [...document.querySelectorAll("details[open] table")].filter(e => e.getBoundingClientRect().height > 0).length,
			badges: document.querySelectorAll(".badge").length,
			switches: document.querySelectorAll(".switches button[aria-pressed=true]").length,
			doubles: ids.filter((id, i) => ids.indexOf(id) !== i),
			texts: [...document.querySelectorAll("h2")].map(e => e.textContent),
			injected: [...document.querySelectorAll("b, main script, script + script")].map(e => e.outerHTML.slice(0, 100)),
		};`, &page)
	if page.Inner != width {
		b.t.Errorf("the window is %d wide, want %d", page.Inner, width)
	}
	if page.Scroll > width {
		var wide []string
		b.eval(`return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest(".box, .drawing")).slice(0, 5).map(e => e.outerHTML.slice(0, 200))`, &wide)
		b.t.Errorf("at %d the page is %d wide: %q", width, page.Scroll, wide)
	}
	if page.Figures < 2 || page.Flat > 0 {
		b.t.Errorf("at %d: %d figures, %d of them not to be seen", width, page.Figures, page.Flat)
	}
	if page.Tables < 3 || page.Badges == 0 || page.Switches < 2 {
		b.t.Errorf("at %d: %d tables, %d verdicts and %d switches are shown", width, page.Tables, page.Badges, page.Switches)
	}
	if len(page.Doubles) > 0 || len(page.Injected) > 0 {
		b.t.Errorf("ids that are not unique: %v; elements out of names: %q", page.Doubles, page.Injected)
	}
	if len(page.Texts) < 5 || page.Texts[0] != "Answer" {
		b.t.Errorf("the sections are %v", page.Texts)
	}
	b.results(width)
	if dir := os.Getenv("PRUNELAB_SHOTS"); dir != "" {
		b.shoot(filepath.Join(dir, fmt.Sprintf("page-%d.png", width)), width)
	}
}

// shoot leaves a picture of the whole page.
func (b browser) shoot(name string, width int) {
	var height int
	b.eval("return document.documentElement.scrollHeight", &height)
	b.resize(width, height)
	var shot []byte
	b.call("GET", "/screenshot", nil, &shot)
	b.resize(width, 900)
	if err := os.WriteFile(name, shot, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// seen counts what is shown of the series and of one of the arms in the first
// figure.
func (b browser) seen() (all, arm int) {
	b.t.Helper()
	var n [2]int
	b.eval(`
		const arm = document.querySelector(".switches button[data-by=arm]").dataset.switches;
		const shown = [...document.querySelectorAll(".drawing")[0].querySelectorAll("g.series")].filter(s => s.getBoundingClientRect().width > 0);
		return [shown.length, shown.filter(s => s.dataset.arm === arm).length];`, &n)
	return n[0], n[1]
}

// useSwitch switches an arm off with the mouse and on with the keyboard.
func (b browser) useSwitch() {
	b.t.Helper()
	all, arm := b.seen()
	if arm == 0 {
		b.t.Fatalf("%d of %d series are of the first arm", arm, all)
	}
	const button = ".switches button[data-by=arm]"
	b.click(button)
	if others, off := b.seen(); off != 0 || others != all-arm {
		b.t.Errorf("switched off: %d of %d series of the arm are shown, and %d of %d others", off, arm, others, all-arm)
	}
	var pressed string
	b.eval("return document.querySelector('"+button+"').getAttribute('aria-pressed')", &pressed)
	if pressed != "false" {
		b.t.Errorf("the switch says it is pressed: %s", pressed)
	}
	for _, id := range b.element(button) {
		b.call("POST", "/element/"+id+"/value", map[string]string{"text": " "}, nil)
	}
	if again, on := b.seen(); on != arm || again != all {
		b.t.Errorf("switched on by the space bar: %d of %d series are shown, %d of %d of the arm", again, all, on, arm)
	}
}

// useSorting sorts a table by a column of numbers, up and down.
func (b browser) useSorting() {
	b.t.Helper()
	b.eval("document.querySelectorAll('details').forEach(d => d.open = true)", nil)
	var heads []string
	b.eval(`return [...document.querySelectorAll("#table-accuracy-pruned th")].map(e => e.textContent)`, &heads)
	for _, column := range []int{slices.Index(heads, "amount") + 1, len(heads)} { // the amounts, which are text, and the accuracies of an arm
		for _, way := range []string{"ascending", "descending"} {
			b.click(fmt.Sprintf("#table-accuracy-pruned th:nth-child(%d) button", column))
			var said string
			b.eval(fmt.Sprintf(`return document.querySelector("#table-accuracy-pruned th:nth-child(%d)").getAttribute("aria-sort")`, column), &said)
			var vs []float64
			b.eval(fmt.Sprintf(`return [...document.querySelectorAll("#table-accuracy-pruned tbody td:nth-child(%d)")].map(e => parseFloat(e.textContent)).filter(v => !Number.isNaN(v))`, column), &vs)
			ordered := slices.Clone(vs)
			slices.Sort(ordered)
			if way == "descending" {
				slices.Reverse(ordered)
			}
			if said != way || !slices.Equal(vs, ordered) || len(vs) < 3 || vs[0] == vs[len(vs)-1] {
				b.t.Errorf("column %d is sorted %s, want %s: %v", column, said, way, vs)
			}
		}
	}
}

// useHints points at a mean, whose value the page then says.
func (b browser) useHints() {
	b.t.Helper()
	b.eval("document.querySelector('.drawing').scrollIntoView()", nil)
	var spot struct {
		X, Y float64
		Says string
	}
	b.eval(`
		const at = [...document.querySelector(".drawing").querySelectorAll(".spots > circle")].map(s => {
			const r = s.getBoundingClientRect();
			return {x: r.x + r.width / 2, y: r.y + r.height / 2, says: s.dataset.says};
		});
		// Of points that lie on each other the upper one answers; take the one with the most room.
		const room = p => Math.min(...at.filter(o => o !== p).map(o => Math.hypot(o.x - p.x, o.y - p.y)));
		return at.reduce((best, p) => room(p) > room(best) ? p : best);`, &spot)
	var said string
	for try := range 20 { // the page may still be scrolling, which takes a hint away
		b.call("POST", "/actions", map[string]any{"actions": []any{map[string]any{"type": "pointer", "id": "mouse",
			"actions": []any{map[string]any{"type": "pointerMove", "duration": 0, "x": int(spot.X) + try%2, "y": int(spot.Y)}}}}}, nil)
		if b.eval("const h = document.getElementById('hint'); return h.hidden ? '' : h.textContent", &said); said != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if spot.Says == "" || !strings.Contains(said, spot.Says) || !strings.Contains(said, "n = ") {
		b.t.Errorf("pointing at %q the page says %q", spot.Says, said)
	}
}
