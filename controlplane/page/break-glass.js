import { call, sentence } from "./api.js";
import { once, takeToken } from "./once.js";

// Opening the link uses nothing up: mail scanners do.
const token = takeToken();

const section = document.getElementById(token ? "use" : "ask");
section.hidden = false;
const form = section.querySelector("form");
const message = section.querySelector(".message");

// clock is a time of day here, as the person reads it on the wall.
const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function ask() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(form.querySelector("button"), section, async () => {
      message.textContent = "";
      const asked = await call("POST", "/break-glass", { email: form.email.value, workspace: form.workspace.value.trim() });
      message.textContent = asked.sentence + " It is good for 15 minutes.";
    });
  });
  form.email.focus();
}

async function look() {
  const seen = await call("GET", "/break-glass/link", null, undefined, { "Break-Glass-Link": token });
  section.querySelector(".url").textContent = `${seen.workspace}, ${seen.host}`;
  if (seen.let_in) {
    const until = seen.open || !seen.let_until ? "" : ` until ${clock(seen.let_until)}`;
    message.textContent = `${seen.your_address}, the address that you come from, is let in already${until}. There is nothing to do, and this link stays good until ${clock(seen.ends_at)}.`;
    reach(seen.url);
    return;
  }
  const trial = seen.trial_until ? ` The filter is on trial until ${clock(seen.trial_until)}; the hour goes on also if the one before comes back then.` : "";
  const state = seen.state === "stopped" ? " The workspace is stopped: it serves nobody until somebody starts it." : "";
  message.textContent = `This lets ${seen.your_address}, the address that you come from now, in to ${seen.host} of ${seen.tenant} for an hour, and nobody else. `
    + `To see that it is you, we mail a code to ${seen.email}. The link is good until ${clock(seen.ends_at)}.${trial}${state}`;
  form.reason.value = seen.reason ?? "";
  form.hidden = !seen.code_until;
  document.getElementById("mail-code").hidden = false;
}

function reach(url) {
  const link = document.getElementById("workspace-link");
  link.href = url;
  link.parentElement.hidden = false;
}

function use() {
  const mailCode = document.getElementById("mail-code");
  mailCode.addEventListener("click", () => once(mailCode, section, async () => {
    await call("POST", "/break-glass/code", { token });
    mailCode.textContent = "Mail me another code";
    form.hidden = false;
    form.code.focus();
  }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(form.querySelector("button"), section, async () => {
      const done = await call("POST", "/break-glass/use", { token, code: form.code.value, reason: form.reason.value });
      form.hidden = mailCode.hidden = true;
      const behind = done.edges?.behind.map((edge) => edge.name) ?? [];
      const late = behind.length ? ` Not yet where you come by ${behind.join(", ")}.` : "";
      message.textContent = sentence(`${done.network} is let in until ${clock(done.until)}`) + late + " Add a rule for it, if it is to stay.";
      reach(done.url);
    });
  });
  once(mailCode, section, look).then((good) => {
    if (good) return;
    message.textContent = "";
    document.getElementById("again").hidden = false;
  });
}

if (token) use();
else ask();
