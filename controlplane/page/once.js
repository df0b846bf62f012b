import { explain } from "./api.js";

// warn shows what is wrong within a part of a page; an empty text takes that away.
export function warn(within, text) {
  const notice = within.querySelector("[role=alert]");
  notice.textContent = text;
  notice.hidden = !text;
}

// once has a button do its work once at a time, shows what went wrong, and returns whether nothing did.
export async function once(button, within, work, blame = (error) => warn(within, explain(error))) {
  button.disabled = true;
  warn(within, "");
  try {
    await work();
    return true;
  } catch (error) {
    blame(error);
    return false;
  } finally {
    button.disabled = false;
  }
}

// takeToken returns what a link in a mail has behind the #, which no server sees, and takes it out of the address bar at once.
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  history.replaceState(null, "", location.pathname);
  return token;
}
