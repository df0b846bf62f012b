export const byId = (id) => document.getElementById(id);

// Problem is an error that the API explains.
class Problem extends Error {
  constructor(status, body) {
    super(body.message || "The workspace can't answer at the moment. Try again soon.");
    this.status = status;
    this.id = body.id;
    this.request = status >= 500 ? body.request_id : undefined;
  }
}

// call uses the session of this browser's cookie; the token from the other cookie shows that no foreign page asks.
export async function call(method, path, body) {
  const csrf = document.cookie.match(/(?:^|; )MMCSRF=([^;]*)/)?.[1] ?? "";
  const answer = await fetch("/api/v4" + path, {
    method, headers: { "X-CSRF-Token": csrf, "X-Requested-With": "XMLHttpRequest", "Content-Type": "application/json" },
    body: JSON.stringify(body), signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
}

export function explain(error) {
  if (!(error instanceof Problem)) return "The server can't be reached. Check the connection and try again.";
  if (error.status === 401 && error.id === "api.context.session_expired.app_error") return "Your session has ended. Open the workspace again from where you made it.";
  return error.message + (error.request ? ` Its id is ${error.request}.` : "");
}

export function warn(notice, text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function offerCopy() {
  const button = byId("copy");
  const address = byId("address");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address.textContent);
      byId("copied").textContent = "The address is copied.";
    } catch { // not allowed, or the page came over plain http
      getSelection().selectAllChildren(address);
      byId("copied").textContent = "The address is selected: copy it as you copy any text.";
    }
  });
}

function offerPassword() {
  const form = byId("password-form");
  const current = byId("current");
  const next = byId("next");
  const ask = (yes) => {
    byId("current-part").hidden = !yes;
    current.disabled = !yes;
  };
  ask(!byId("current-part").hidden);
  form.hidden = false;
  byId("reveal").addEventListener("change", (event) => {
    current.type = next.type = event.target.checked ? "text" : "password";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    warn(byId("problem"), "");
    try {
      await call("PUT", "/users/me/password", { current_password: current.disabled ? "" : current.value, new_password: next.value });
      form.reset();
      byId("ask").hidden = true;
      byId("done").hidden = false;
      byId("done-title").focus();
    } catch (error) {
      const isWrong = error.id === "api.user.update_password.incorrect.app_error";
      if (isWrong) ask(true); // it may have been set elsewhere, while this page was open
      warn(byId("problem"), explain(error));
      (isWrong ? current : next).focus();
    }
    button.disabled = false;
  });
}

function offerToLeave() {
  const button = byId("sign-out");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    warn(byId("sign-out-problem"), "");
    try {
      await call("POST", "/users/logout");
      location.replace("/");
    } catch (error) {
      button.disabled = false;
      warn(byId("sign-out-problem"), explain(error));
    }
  });
}

if (byId("copy")) offerCopy();
if (byId("password-form")) offerPassword();
if (byId("sign-out")) offerToLeave();
