// What makes the pages quicker, never what makes them work: countdowns, a prompt before a check is due, fresh cards,
// and no second sending of a form by a second tap.
"use strict";

const REFRESH_EVERY = 4000;
const SECONDS_SHOWN_BELOW = 5 * 60;

const skew = Date.parse(document.body.dataset.now) - Date.now();
const announced = new Set();
const connection = document.getElementById("connection");
let lastSeen = Date.now();

function now() {
  return Date.now() + skew;
}

// The same words as web/pages/times.py.
function span(milliseconds) {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  let parts = [[Math.floor(hours / 24), "days"]];
  if (seconds < SECONDS_SHOWN_BELOW) parts = [[minutes, "min"], [seconds % 60, "s"]];
  else if (hours < 48) parts = [[hours, "h"], [minutes % 60, "min"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 s";
}

function countDown() {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const at = Date.parse(element.dateTime);
    element.textContent = at > now() ? `in ${span(at - now())}` : `${span(now() - at)} ago`;
  }
  for (const due of document.querySelectorAll("[data-due]")) prompt(due);
}

// The reminder before a check is due: in words, aloud for screen readers, and in the hand.
function prompt(due) {
  const at = Date.parse(due.dataset.due);
  const state = now() >= at ? "overdue" : now() >= Date.parse(due.dataset.remind) ? "soon" : "calm";
  const card = due.closest(".card");
  if (!card.classList.contains(state)) {
    card.classList.remove("calm", "soon", "overdue");
    card.classList.add(state);
  }
  due.querySelector(".what").textContent = { calm: "Next check", soon: "Check now", overdue: "Overdue" }[state];
  const key = `${due.dataset.alias} ${due.dataset.due} ${state}`;
  if (state === "calm" || announced.has(key)) return;
  announced.add(key);
  const said = state === "soon" ? `check due in ${span(at - now())}` : "check overdue";
  document.getElementById("announcer").textContent = `${due.dataset.alias}: ${said}`;
  if (navigator.vibrate) navigator.vibrate(200);
}

// A part of the page that somebody is writing in is left alone.
function isBusy(part) {
  if (part.querySelector("details[open]")) return true;
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input, textarea, select");
}

function refreshPart(old, fresh) {
  if (old.dataset.version === fresh.dataset.version) {
    for (const inner of fresh.querySelectorAll("[data-live]")) {
      const known = document.getElementById(inner.id);
      if (known) refreshPart(known, inner);
    }
    return;
  }
  if (isBusy(old)) {
    sayStale(old);
    return;
  }
  const focused = old.contains(document.activeElement);
  // What was told before is no longer what is.
  document.querySelector(".receipt")?.remove();
  old.replaceWith(document.adoptNode(fresh));
  if (focused) document.getElementById("main").focus({ preventScroll: true });
}

function sayStale(part) {
  if (part.querySelector(".stale")) return;
  const note = document.createElement("p");
  note.className = "note stale";
  note.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.href;
  link.className = "button";
  link.textContent = "Show it";
  note.append("Something has changed here. ", link);
  part.prepend(note);
}

async function refresh() {
  if (document.hidden || !document.querySelector("[data-live]")) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error("not available");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const outermost = [...page.querySelectorAll("[data-live]")].filter((one) => !one.parentElement.closest("[data-live]"));
    for (const fresh of outermost) {
      const old = document.getElementById(fresh.id);
      if (old) refreshPart(old, fresh);
    }
    for (const time of page.querySelectorAll("#as-of")) document.getElementById("as-of")?.replaceWith(time);
    lastSeen = Date.now();
    connection.hidden = true;
  } catch {
    connection.textContent = `No answer from Golden Hour. What you see is ${span(Date.now() - lastSeen)} old.`;
    connection.hidden = false;
  }
  countDown();
}

// One tap counts once; the form's own number sees to that on the other side as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
// Back from another page: the form may be sent anew.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
});

countDown();
setInterval(countDown, 1000);
setInterval(refresh, REFRESH_EVERY);
