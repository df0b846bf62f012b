import { byId, call, explain, warn } from "./page.js";

const query = new URLSearchParams(location.search);
const token = query.get("token") ?? query.get("t"); // of a mail
const secret = query.get("id"); // of a team, which is passed on

// about is what an invitation says of itself, to be shown and no more.
function about() {
  try {
    const told = JSON.parse(query.get("d"));
    return told && typeof told === "object" ? told : {};
  } catch {
    return {};
  }
}

function fill() {
  const { email, display_name: team } = about();
  const field = byId("email");
  if (field && typeof email === "string") {
    field.value = email;
    field.readOnly = token !== null;
  }
  if (byId("team") && typeof team === "string") byId("team").textContent = "to " + team;
}

// send asks what a form is for. What the link proves is in the body, or in the query where the form names it.
async function send(form) {
  const body = Object.fromEntries(new FormData(form));
  let path = form.dataset.path;
  if (form.dataset.mailed) {
    path += "?" + (token === null ? form.dataset.secret : form.dataset.mailed) + "=" + encodeURIComponent(token ?? secret ?? "");
  } else {
    body.token = token ?? "";
  }
  const signsIn = "login_id" in body;
  if (signsIn) await call("POST", "/users/login", body);
  await call("POST", path, signsIn ? {} : body);
}

for (const form of document.querySelectorAll("form[data-path]")) {
  const problem = form.querySelector("[role=alert]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    warn(problem, "");
    try {
      await send(form);
      form.reset();
      byId("mailed-ask").hidden = true;
      byId("mailed-done").hidden = false;
      byId("mailed-done-title").focus();
    } catch (error) {
      warn(problem, explain(error));
    }
    button.disabled = false;
  });
}
fill();
