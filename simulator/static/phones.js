// The page of phones: loads what there is, then follows the stream of changes.
"use strict";

const MOST_CARDS = 60;
const MOST_MESSAGES = 40;
const POLL_MILLISECONDS = 3000;

const GOOD = new Set(["delivered", "received"]);
const BAD = new Set(["undelivered", "failed", "bounce", "dropped"]);

const cards = document.getElementById("cards");
const search = document.getElementById("search");
const connection = document.getElementById("connection");
const announcer = document.getElementById("announcer");

let names = {};
let people = new Map(); // number or address -> { messages: Map(id -> message), latest: index }
let changed = new Set();
let drawing = false;

function take(message) {
  let person = people.get(message.person);
  if (!person) {
    person = { messages: new Map(), latest: 0 };
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
  const visible = new Set(shown.map(([address]) => address));
  for (const card of [...cards.children]) {
    if (!visible.has(card.dataset.address)) card.remove();
  }
  for (const [address, person] of shown) {
    let card = cards.querySelector(`[data-address="${CSS.escape(address)}"]`);
    if (!card) {
      card = newCard(address);
      // New cards go last, so that a card that somebody is typing in stays where it is.
      cards.append(card);
      fill(card, person);
    } else if (changed.has(address)) {
      fill(card, person);
    }
    card.querySelector("h2").textContent = nameOf(address);
  }
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
  card.querySelector(".address").textContent = address;
  card.querySelector(".messages").setAttribute("aria-label", `Messages of ${nameOf(address)} ${address}`);
  if (address.includes("@")) {
    form.remove();
  } else {
    const input = form.querySelector("input");
    input.id = `reply-${address}`;
    form.querySelector("label").htmlFor = input.id;
    form.querySelector("label").textContent = "Answer from this phone";
    form.querySelector("button").setAttribute("aria-label", `Send from ${nameOf(address)} ${address}`);
    form.addEventListener("submit", (event) => reply(event, address));
  }
  return card;
}

function fill(card, person) {
  const list = card.querySelector(".messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const ordered = [...person.messages.values()].sort((one, other) => one.index - other.index);
  list.replaceChildren(...ordered.map(newMessage));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function newMessage(message) {
  const item = document.getElementById("message").content.firstElementChild.cloneNode(true);
  const subject = item.querySelector(".subject");
  const status = item.querySelector(".status");
  const time = item.querySelector("time");
  item.className = message.direction === "inbound" ? "inbound" : "";
  item.dataset.id = message.id;
  subject.textContent = message.subject;
  subject.hidden = !message.subject;
  item.querySelector(".words").textContent = message.body;
  time.dateTime = message.created;
  time.textContent = new Date(message.created).toLocaleTimeString("en-GB");
  status.textContent = message.direction === "inbound" ? "sent by this phone" : statusText(message);
  status.className = `status ${GOOD.has(message.status) ? "good" : BAD.has(message.status) ? "bad" : ""}`;
  return item;
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
    if (!people.has(address)) people.set(address, { messages: new Map(), latest: 0 });
  }
  people.forEach((_person, address) => changed.add(address));
  drawSoon();
}

function arrived(message) {
  const isNew = take(message);
  if (isNew && message.direction !== "inbound") {
    announcer.textContent = `New message for ${nameOf(message.person)}`;
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
