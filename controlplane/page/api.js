// The session's token lives in this variable and nowhere else: no cookie that another page could use, no storage that a
// script could find later. A reload forgets it.
let token = "";

export function become(session) { token = session; }

// Problem is an error that the API explains.
export class Problem extends Error {
  constructor(body, status) {
    super(body.detail ?? `the server answered ${status}`);
    this.status = status;
    this.faults = body.errors ?? [];
  }
}

export async function call(method, path, body, signal, more) {
  const headers = { ...more };
  if (token) headers["Authorization"] = "Bearer " + token;
  if (body) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Idempotency-Key"] = randomKey();
  const answer = await fetch("/api/v1" + path, { method, headers, signal, body: body && JSON.stringify(body) });
  if (answer.status === 204) return null;
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(value, answer.status);
  return value;
}

// follow hands over each event of a stream until it ends. EventSource would not do: it can't send the token.
export async function follow(path, each) {
  const answer = await fetch("/api/v1" + path, { headers: token ? { Authorization: "Bearer " + token } : {} });
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})), answer.status);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ")) each(JSON.parse(line.slice(6)));
    }
  }
}

function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// explain is what a person reads of an error.
export function explain(error) {
  if (error instanceof Problem) return sentence(error.message);
  return "The server can't be reached. Check the connection and try again.";
}

export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}
