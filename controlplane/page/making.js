import { call, explain, follow, Problem, sentence } from "./api.js";
import { warn } from "./once.js";

const lookEvery = 300;
const ends = ["succeeded", "undone"];

// watch shows an operation's steps until it is over, and waits for a server that is away.
export async function watch(within, workspace, operation) {
  within.querySelector(".url").textContent = workspace.url;
  const button = within.querySelector("#open");
  button.dataset.workspace = workspace.id;
  await follow("/operations/" + operation + "/events", (op) => tell(within, op)).catch(() => {});
  for (;;) { // the last word, or all of them where nothing streams
    const op = await look(within, operation);
    if (op && ends.includes(op.state)) {
      end(within, button, op);
      return;
    }
    await new Promise((later) => setTimeout(later, lookEvery));
  }
}

async function look(within, operation) {
  const message = within.querySelector(".message");
  try {
    const op = await call("GET", "/operations/" + operation);
    tell(within, op);
    return op;
  } catch (error) {
    if (error instanceof Problem && error.status < 500) throw error;
    message.textContent = explain(error) + " Still trying.";
    return null;
  }
}

function tell(within, op) {
  draw(within.querySelector(".steps"), op.steps ?? []);
  within.querySelector(".message").textContent = ends.includes(op.state) ? "" : progress(op);
}

function progress(op) {
  return sentence(op.message) + (op.estimate ? " " + sentence(op.estimate.sentence) : "");
}

function draw(list, steps) {
  steps.forEach((step, i) => {
    const item = list.children[i] ?? list.appendChild(newItem());
    item.className = step.state;
    item.querySelector(".name").textContent = step.name.replaceAll(/[-_]/g, " ");
    item.querySelector(".took").textContent = took(step);
  });
}

function newItem() {
  const item = document.createElement("li");
  for (const part of ["name", "took"]) {
    item.appendChild(document.createElement("span")).className = part;
  }
  return item;
}

function took(step) {
  if (!step.started_at || !step.finished_at) return "";
  return ((new Date(step.finished_at) - new Date(step.started_at)) / 1000).toFixed(1) + " s";
}

function end(within, button, op) {
  const title = within.querySelector("h2");
  if (op.state === "succeeded") {
    title.textContent = "Your workspace is ready";
    button.hidden = false;
    button.focus();
    return;
  }
  title.textContent = "This did not work";
  warn(within, sentence(op.message));
}
