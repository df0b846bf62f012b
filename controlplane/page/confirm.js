import { call } from "./api.js";
import { once, takeToken, warn } from "./once.js";

const token = takeToken();

const section = document.querySelector("section");
const button = document.getElementById("confirm");
const message = document.querySelector(".message");

// A click is asked for, because mail scanners follow links.
button.addEventListener("click", () => once(button, section, async () => {
  await call("POST", "/confirmations", { token });
  message.textContent = "Thank you: the address is confirmed.";
  button.hidden = true;
}));

if (!token) {
  message.textContent = "";
  button.hidden = true;
  warn(section, "This link is not complete. Open the one in the mail again.");
}
