// The page of phones: loads what there is, then follows the stream of changes.
"use strict";

const MOST_CARDS = 60;
const MOST_MESSAGES = 40;
const POLL_MILLISECONDS = 3000;

const GOOD = new Set(["delivered", "received", "completed"]);
const BAD = new Set(["undelivered", "failed", "bounce", "dropped", "busy", "no-answer", "canceled"]);

// What a person can do with a call: label, what it does, which key.
const WHILE_RINGING = [["Answer", "answer"], ["Reject", "reject"]];
const WHILE_TALKING = [["1", "press", "1"], ["2", "press", "2"], ["3", "press", "3"], ["Hang up", "put_down"]];

const cards = document.getElementById("cards");
const search = document.getElementById("search");
const connection = document.getElementById("connection");
const announcer = document.getElementById("announcer");

let names = {};
let people = new Map(); // number or address -> { messages: Map(id -> message), first and latest index }
let changed = new Set();
let drawing = false;

function take(message) {
  let person = people.get(message.person);
  if (!person) {
    person = { messages: new Map(), latest: 0, first: message.index };
    people.set(message.person, person);
  }
  const isNew = !person.messages.has(message.id);
  person.messages.set(message.id, message);
  person.latest = Math.max(person.latest, message.index);
  while (person.messages.size > MOST_MESSAGES) {
    person.messages.delete(person.messages.keys().next().value);
  }
  changed.add(message.person);
  return isNew;
}

function nameOf(address) {
  return names[address] || (address.includes("@") ? "Mailbox" : "Phone");
}

// Named phones stand in the order in which they were named, so that an escalation climbs along the page.
function placeOf(address) {
  const named = Object.keys(names).indexOf(address);
  return named >= 0 ? named : 1e9 + people.get(address).first;
}

function statusText(message) {
  return message.error_code ? `${message.status} (${message.error_code})` : message.status;
}

// Many changes may come in one frame: everything is drawn once.
function drawSoon() {
  if (!drawing) {
    drawing = true;
    requestAnimationFrame(draw);
  }
}

function draw() {
  drawing = false;
  const wanted = search.value.trim().toLowerCase();
  const fits = [...people.entries()].filter(([address, person]) => matches(address, person, wanted));
  fits.sort((one, other) => other[1].latest - one[1].latest);
  const shown = fits.slice(0, MOST_CARDS);
  shown.sort(([one], [other]) => placeOf(one) - placeOf(other));
  const existing = new Map();
  const visible = new Set(shown.map(([address]) => address));
  for (const card of [...cards.children]) {
    if (visible.has(card.dataset.address)) existing.set(card.dataset.address, card);
    else card.remove();
  }
  shown.forEach(([address, person], place) => {
    const card = existing.get(address) || newCard(address);
    // Moved only when it must be: a card that is moved loses the focus of whoever is typing in it.
    if (cards.children[place] !== card) cards.insertBefore(card, cards.children[place] || null);
    if (!existing.has(address) || changed.has(address)) fill(card, person);
  });
  changed.clear();
  document.getElementById("empty").hidden = people.size > 0;
  const hidden = document.getElementById("hidden-cards");
  hidden.hidden = fits.length <= shown.length;
  hidden.textContent = `${fits.length - shown.length} more are not shown; search for a name or number.`;
}

function matches(address, person, wanted) {
  if (!wanted) return true;
  const words = [...person.messages.values()].map((message) => `${message.subject} ${message.body}`).join(" ");
  return `${address} ${nameOf(address)} ${words}`.toLowerCase().includes(wanted);
}

function newCard(address) {
  const card = document.getElementById("card").content.firstElementChild.cloneNode(true);
  const form = card.querySelector("form");
  const heading = card.querySelector("h2");
  card.dataset.address = address;
  heading.id = `name-${address}`;
  card.setAttribute("aria-labelledby", heading.id);
  heading.textContent = nameOf(address);
  card.querySelector(".address").textContent = address;
  card.querySelector(".messages").setAttribute("aria-label", `Messages of ${nameOf(address)} ${address}`);
  if (address.includes("@")) {
    form.remove();
  } else {
    const input = form.querySelector("input");
    input.id = `reply-${address}`;
    form.querySelector("label").htmlFor = input.id;
    form.querySelector("label").textContent = `Answer as ${nameOf(address)}`;
    form.querySelector("button").setAttribute("aria-label", `Send from ${nameOf(address)} ${address}`);
    form.addEventListener("submit", (event) => reply(event, address));
  }
  return card;
}

function fill(card, person) {
  const list = card.querySelector(".messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const held = document.activeElement?.dataset?.hand;
  const ordered = [...person.messages.values()].sort((one, other) => one.index - other.index);
  list.replaceChildren(...ordered.map(newMessage));
  if (held) list.querySelector(`[data-hand="${held}"]`)?.focus();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function newMessage(message) {
  const item = document.getElementById("message").content.firstElementChild.cloneNode(true);
  const subject = item.querySelector(".subject");
  const status = item.querySelector(".status");
  const time = item.querySelector("time");
  item.className = message.direction === "inbound" ? "inbound" : "";
  item.dataset.id = message.id;
  subject.textContent = message.kind === "voice" ? "Call" : message.subject;
  subject.hidden = !subject.textContent;
  if (message.kind === "voice") layHands(item.querySelector(".hands"), message);
  item.querySelector(".words").textContent = message.body;
  time.dateTime = message.created;
  time.textContent = new Date(message.created).toLocaleTimeString("en-GB");
  status.textContent = message.direction === "inbound" ? "sent by this phone" : statusText(message);
  status.className = `status ${GOOD.has(message.status) ? "good" : BAD.has(message.status) ? "bad" : ""}`;
  return item;
}

function layHands(group, message) {
  const hands = { ringing: WHILE_RINGING, "in-progress": WHILE_TALKING }[message.status] || [];
  group.hidden = hands.length === 0;
  group.setAttribute("aria-label", `Call to ${nameOf(message.person)}`);
  group.replaceChildren(...hands.map(([label, does, key]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.dataset.hand = `${message.id} ${does} ${key || ""}`;
    if (key) button.setAttribute("aria-label", `Press ${key}`);
    button.addEventListener("click", () => lay(message, does, key || ""));
    return button;
  }));
}

async function lay(message, does, key) {
  try {
    const answer = await fetch(`/control/calls/${message.id}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ does, key }),
    });
    if (!answer.ok) announcer.textContent = "This call is over.";
  } catch {
    announcer.textContent = "The simulator does not answer. Is it still running?";
  }
}

async function reply(event, address) {
  event.preventDefault();
  const form = event.target;
  const input = form.querySelector("input");
  const button = form.querySelector("button");
  const outcome = form.querySelector(".outcome");
  button.disabled = true;
  try {
    const answer = await fetch("/control/inbound", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ from: address, text: input.value }),
    });
    const exchange = await answer.json();
    const taken = answer.ok && exchange.status >= 200 && exchange.status < 300;
    outcome.className = taken ? "outcome" : "outcome bad";
    outcome.textContent = taken ? "" : `Golden Hour did not take this text (${exchange.status || "no answer"}).`;
    if (answer.ok) input.value = "";
  } catch {
    outcome.className = "outcome bad";
    outcome.textContent = "The simulator does not answer. Is it still running?";
  } finally {
    button.disabled = false;
    input.focus();
  }
}

async function load() {
  const state = await (await fetch("/control/state")).json();
  names = state.names;
  people = new Map();
  state.messages.forEach(take);
  for (const address of Object.keys(names)) {
    if (!people.has(address)) people.set(address, { messages: new Map(), latest: 0, first: 0 });
  }
  // Names may be new: every card is made anew, unless somebody is typing in it.
  for (const card of [...cards.children]) {
    if (!card.contains(document.activeElement) && !card.querySelector("input")?.value) card.remove();
  }
  people.forEach((_person, address) => changed.add(address));
  drawSoon();
}

function arrived(message) {
  const isStranger = !people.has(message.person);
  const isNew = take(message);
  if (isStranger && !names[message.person]) load();
  if (isNew && message.direction !== "inbound") {
    announcer.textContent = `${message.kind === "voice" ? "A call" : "New message"} for ${nameOf(message.person)}`;
  }
  drawSoon();
}

function say(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

function follow() {
  const stream = new EventSource("/control/stream");
  stream.onopen = () => {
    say("Live");
    load().catch(() => say("Reconnecting…"));
  };
  stream.onmessage = (event) => arrived(JSON.parse(event.data));
  stream.addEventListener("reload", () => load());
  stream.onerror = () => {
    say("Reconnecting…");
    // A browser gives up for good on some errors: begin anew then.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, POLL_MILLISECONDS);
  };
}

function poll() {
  load().then(() => say("Refreshed every few seconds")).catch(() => say("Reconnecting…"));
  setTimeout(poll, POLL_MILLISECONDS);
}

search.addEventListener("input", drawSoon);
if ("EventSource" in window) follow();
else poll();
