import { call, explain } from "./api.js";

// The token comes behind the #, which no server sees, and leaves the address bar at once.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

const button = document.getElementById("confirm");
const message = document.querySelector(".message");
const notice = document.querySelector("[role=alert]");

// A click is asked for, because mail scanners follow links.
button.addEventListener("click", async () => {
  button.disabled = true;
  notice.hidden = true;
  try {
    await call("POST", "/confirmations", { token });
    message.textContent = "Thank you: the address is confirmed.";
    button.hidden = true;
  } catch (error) {
    notice.textContent = explain(error);
    notice.hidden = false;
  }
  button.disabled = false;
});

if (!token) {
  message.textContent = "";
  button.hidden = true;
  notice.textContent = "This link is not complete. Open the one in the mail again.";
  notice.hidden = false;
}
