
"use strict";

// Curves: each entry of a figure's legend gets a button. A series is shown as
// long as none of what tells it apart (its data attributes) is switched off.
function addSwitches(drawing) {
	const entries = [...drawing.querySelectorAll("g.entry[data-by]")];
	const off = new Set();
	const group = document.createElement("div");
	group.className = "switches";
	group.setAttribute("role", "group");
	group.setAttribute("aria-label", "Curves shown");
	const made = new Set();
	for (const entry of entries) {
		const {by, switches, name} = entry.dataset;
		const what = JSON.stringify([by, switches]);
		if (made.has(what)) continue;
		made.add(what);
		const button = document.createElement("button");
		button.type = "button";
		button.setAttribute("aria-pressed", "true");
		Object.assign(button.dataset, {by, switches});
		button.append(sample(entry), name);
		button.addEventListener("click", () => {
			const on = button.getAttribute("aria-pressed") !== "true";
			button.setAttribute("aria-pressed", String(on));
			if (on) off.delete(what); else off.add(what);
			for (const s of drawing.querySelectorAll("g.series")) {
				s.classList.toggle("off", Object.entries(s.dataset).some(e => off.has(JSON.stringify(e))));
			}
			for (const e of entries) {
				e.classList.toggle("pale", off.has(JSON.stringify([e.dataset.by, e.dataset.switches])));
			}
		});
		group.append(button);
	}
	if (made.size > 1) drawing.after(group);
}

// sample is the line and marker of an entry, as a picture of its own.
function sample(entry) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const parts = [...entry.children].filter(e => e.tagName !== "text");
	const boxes = parts.map(e => e.getBBox());
	const left = Math.min(...boxes.map(b => b.x)), right = Math.max(...boxes.map(b => b.x + b.width));
	const top = Math.min(...boxes.map(b => b.y)) - 1, foot = Math.max(...boxes.map(b => b.y + b.height)) + 1;
	svg.setAttribute("viewBox", [left, top, right - left, foot - top].join(" "));
	svg.setAttribute("width", 1.4 * (right - left));
	svg.setAttribute("height", 1.4 * (foot - top));
	svg.setAttribute("aria-hidden", "true");
	svg.append(...parts.map(e => e.cloneNode()));
	return svg;
}

// Values: the spot nearest to the pointer says what it is. Its title would come
// late and only right on it.
const reach = 20; // pixels
const hint = document.createElement("div");
hint.id = "hint";
hint.hidden = true;
document.body.append(hint);
let pointed = null; // the spot that the hint is of

function leave() {
	if (pointed) pointed.classList.remove("at");
	pointed = null;
	hint.hidden = true;
}

function addHints(drawing) {
	const picture = drawing.querySelector("svg");
	const title = picture.querySelector(":scope > title");
	if (title) {
		picture.setAttribute("aria-label", title.textContent);
		title.remove();
	}
	const spots = [...drawing.querySelectorAll(".spots > circle")];
	for (const s of spots) {
		s.dataset.says = s.textContent;
		s.replaceChildren();
	}
	const show = event => {
		let best = reach, found = [];
		for (const s of spots) {
			const box = s.getBoundingClientRect();
			if (box.width === 0) continue; // switched off
			const d = Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY);
			if (d < best - 0.5) found = [];
			if (d < best + 0.5 && d < reach) found.push(s);
			best = Math.min(best, d);
		}
		leave();
		if (found.length === 0) return;
		pointed = found[0];
		pointed.classList.add("at");
		hint.replaceChildren(...found.map(s => {
			const line = document.createElement("div");
			line.textContent = s.dataset.says;
			return line;
		}));
		hint.hidden = false;
		const room = hint.getBoundingClientRect();
		hint.style.left = Math.max(4, Math.min(event.clientX + 12, innerWidth - room.width - 4)) + "px";
		hint.style.top = (event.clientY - room.height - 12 < 4 ? event.clientY + 16 : event.clientY - room.height - 12) + "px";
	};
	drawing.addEventListener("pointermove", show);
	drawing.addEventListener("pointerdown", show);
	drawing.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") leave(); }); // a finger's stays
}

// Tables: a button in each head sorts, numbers before words; what has no value
// stays below.
function addSorting(table) {
	const heads = [...table.tHead.rows[0].cells];
	heads.forEach((head, column) => {
		const button = document.createElement("button");
		button.type = "button";
		button.append(...head.childNodes);
		head.append(button);
		button.addEventListener("click", () => {
			const down = head.getAttribute("aria-sort") === "ascending";
			for (const h of heads) h.removeAttribute("aria-sort");
			head.setAttribute("aria-sort", down ? "descending" : "ascending");
			const body = table.tBodies[0];
			const rows = [...body.rows];
			const numbers = rows.some(r => "value" in r.cells[column].dataset); // then a word says why there is none
			const key = r => {
				const cell = r.cells[column], text = cell.textContent;
				if (text === "") return undefined;
				const number = Number(cell.dataset.value ?? text);
				if (!Number.isNaN(number)) return number;
				return numbers ? undefined : text;
			};
			rows.sort((a, b) => {
				const x = key(a), y = key(b);
				if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
				const words = (typeof x === "string") - (typeof y === "string");
				const order = words || (typeof x === "number" ? x - y : x.localeCompare(y, "en", {numeric: true}));
				return down ? -order : order;
			});
			body.append(...rows);
		});
	});
}

// Narrow screens: what a row is about in one column, then its numbers, then the rest.
function resultsFirst(table) {
	const heads = [...table.tHead.rows[0].cells];
	const is = c => c.classList.contains("number");
	const first = heads.findIndex(c => !is(c));
	const order = [...heads.keys()].sort((a, b) => rank(a) - rank(b) || a - b);
	function rank(i) { return i === first ? 0 : is(heads[i]) ? 1 : 2; }
	for (const row of table.rows) {
		const cells = [...row.cells];
		row.append(...order.map(i => cells[i]));
	}
}

// What reaches beyond its box says so: a scroll bar may not be seen.
function tellOfMore() {
	for (const box of document.querySelectorAll(".box, .drawing")) {
		const wide = box.scrollWidth > box.clientWidth + 1;
		let note = box.previousElementSibling;
		if (!note || !note.classList.contains("more")) {
			if (!wide) continue;
			note = document.createElement("p");
			note.className = "more";
			note.textContent = "There is more to the right: scroll sideways →";
			box.before(note);
		}
		note.hidden = !wide;
	}
}

for (const drawing of document.querySelectorAll(".drawing")) {
	addSwitches(drawing);
	addHints(drawing);
}
const narrow = matchMedia("(max-width: 37rem)").matches;
for (const table of document.querySelectorAll(".box table")) {
	if (narrow) resultsFirst(table);
	addSorting(table);
}
tellOfMore();
addEventListener("resize", tellOfMore);
for (const d of document.querySelectorAll("details")) d.addEventListener("toggle", tellOfMore);
addEventListener("scroll", leave, {capture: true, passive: true});
addEventListener("keydown", event => { if (event.key === "Escape") leave(); });
addEventListener("pointerdown", event => { if (!event.target.closest(".drawing")) leave(); });
addEventListener("beforeprint", () => {
	for (const d of document.querySelectorAll("details")) d.open = true;
});
