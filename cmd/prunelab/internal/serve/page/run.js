"use strict";
// All texts are set as text: names of studies and arms are no HTML.
const at = id => document.getElementById(id);
const row = cells => {
  const tr = document.createElement("tr");
  for (const c of cells) tr.appendChild(document.createElement("td")).textContent = c;
  return tr;
};
const list = (id, section, rows) => {
  at(id).replaceChildren(...rows.map(row));
  at(section).hidden = rows.length === 0;
};
let shown = "";
function show(s) {
  if (s.Error) { at("progress").textContent = s.Error; at("progress").className = "bad"; return; }
  at("progress").className = "";
  const finished = s.Done + s.Diverged;
  at("bar").style.width = s.Trials ? 100 * finished / s.Trials + "%" : "0";
  document.querySelector("[role=progressbar]").setAttribute("aria-valuenow", finished);
  const words = [finished + " of " + s.Trials + (s.Trials === 1 ? " trial" : " trials")];
  if (s.Diverged) words.push(s.Diverged + " diverged");
  if (s.Failed) words.push(s.Failed + " failed");
  if (s.Left) words.push("about " + s.Left + " left");
  if (s.Remaining && !(s.Jobs || []).some(j => !j.Dead)) words.push("nobody is at work");
  at("progress").textContent = words.join(", ");
  document.title = (s.Remaining ? Math.floor(100 * finished / s.Trials) + " % " : "") + s.Study;
  list("jobs", "work", (s.Jobs || []).map(j => [j.What, j.Host, j.PID, j.Dead ? "its process is gone; the next run takes it over" : j.For]));
  at("damaged").replaceChildren(...(s.Damaged || []).map(d => Object.assign(document.createElement("li"), {textContent: d})));
  list("missing", "trouble", (s.Missing || []).map(m => [m.What, m.Status, m.Error, m.File]));
  if (s.Version !== shown && finished + s.Failed > 0) { shown = s.Version; renew(finished + " of " + s.Trials); }
}
// The report is loaded again where the reader was.
let loading = false, again = null;
function renew(of) {
  if (loading) { again = of; return; }
  loading = true;
  const frame = at("report"), y = frame.contentWindow ? frame.contentWindow.scrollY : 0;
  frame.onload = () => {
    loading = false;
    frame.contentWindow.scrollTo(0, y);
    at("age").textContent = "of " + of;
    if (again !== null) { const next = again; again = null; renew(next); }
  };
  frame.contentWindow.location.replace("results/report.html");
}
const events = new EventSource("events");
events.onmessage = e => { at("lost").style.display = "none"; show(JSON.parse(e.data)); };
events.onerror = () => { at("lost").style.display = "block"; };
