import { become, call, explain, Problem, sentence } from "./api.js";
import { watch } from "./making.js";
import { once, warn } from "./once.js";

const section = (id) => document.getElementById(id);

export function show(id) {
  for (const s of document.querySelectorAll("main > section")) s.hidden = s.id !== id;
  section(id).querySelector("input, h2[tabindex]")?.focus();
}

function say(field, text, kind = "") {
  const says = section(field + "-says");
  says.textContent = text;
  says.className = "says " + kind;
  section(field).setAttribute("aria-invalid", String(kind === "bad"));
}

// While the address has not been typed, it follows the organisation's name.
const slug = section("slug");
const tenant = section("tenant");
let typed = false;
tenant.addEventListener("input", () => {
  if (typed) return;
  slug.value = tenant.value.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
  lookUp();
});
slug.addEventListener("input", () => {
  typed = slug.value !== "";
  lookUp();
});

let asked = new AbortController();
let timer;
function lookUp() {
  clearTimeout(timer);
  asked.abort();
  say("slug", "");
  if (slug.value) timer = setTimeout(look, 200);
}
async function look() {
  asked = new AbortController();
  try {
    const answer = await call("GET", "/slugs/" + encodeURIComponent(slug.value), null, asked.signal);
    if (answer.free) say("slug", "This address is free.", "good");
    else say("slug", sentence(answer.reason), "bad");
  } catch (error) {
    if (error.name !== "AbortError") say("slug", "");
  }
}

for (const field of ["tenant", "email", "password"]) {
  section(field).addEventListener("input", () => say(field, ""));
}

// onSubmit sends a form once at a time and shows what went wrong where it went wrong.
function onSubmit(id, send) {
  const within = section(id);
  const form = within.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(form.querySelector("[type=submit]"), within, () => send(Object.fromEntries(new FormData(form))), (error) => blame(within, error));
  });
}

function blame(within, error) {
  let first;
  for (const fault of error instanceof Problem ? error.faults : []) {
    const field = fault.location.replace(/^body\./, "");
    if (!section(field + "-says")) continue;
    say(field, sentence(fault.message), "bad");
    first ??= section(field);
  }
  if (first) first.focus();
  else warn(within, explain(error));
}

onSubmit("sign-up", async (values) => {
  const done = await call("POST", "/signup", values);
  become(done.token);
  show("making");
  await watch(section("making"), done.workspace, done.operation.id).catch((error) => warn(section("making"), explain(error)));
});

onSubmit("sign-in", async (values) => {
  const session = await call("POST", "/login", values);
  become(session.token);
  show("workspaces");
  await listWorkspaces();
});

async function listWorkspaces() {
  const within = section("workspaces");
  const list = (await call("GET", "/workspaces?limit=200")).items;
  within.querySelector(".message").textContent = list.length ? "" : "You have no workspace.";
  within.querySelector("ul").replaceChildren(...list.map((w) => workspaceItem(within, w)));
}

function workspaceItem(within, workspace) {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = workspace.name;
  const state = document.createElement("div");
  state.className = "state";
  state.textContent = `${workspace.url} is ${workspace.state}`;
  item.append(name, state);
  if (workspace.state === "running") {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Open " + workspace.name;
    button.addEventListener("click", () => open(within, button, workspace));
    item.append(button);
  }
  return item;
}

// open goes to the workspace by a link that signs in once.
export function open(within, button, workspace) {
  return once(button, within, async () => location.assign((await call("POST", `/workspaces/${workspace.id}/open`)).url));
}

section("to-sign-in").addEventListener("click", () => show("sign-in"));
section("to-sign-up").addEventListener("click", () => show("sign-up"));
section("open").addEventListener("click", (event) => open(section("making"), event.target, { id: event.target.dataset.workspace }));
