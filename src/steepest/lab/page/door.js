// The way in: exchanges the one-time token of the address for the session, then starts the lab.

const refusal = "This page has no session with the lab; open the address that was printed where it was started.";

/** Takes the token out of the fragment; the rest of the fragment, which says what to show, stays. */
function takeToken() {
  const parts = location.hash.slice(1).split("&");
  const token = parts.find((part) => part.startsWith("token="));
  if (token !== undefined) {
    const rest = parts.filter((part) => part !== token).join("&");
    history.replaceState(null, "", rest ? `#${rest}` : location.pathname);
  }
  return token ? token.slice("token=".length) : "";
}

/** @param {string} sentence */
function say(sentence) {
  const place = document.createElement("p");
  place.setAttribute("role", "alert");
  place.textContent = sentence;
  document.body.replaceChildren(place);
}

try {
  const answer = await fetch("/session", { method: "POST", body: takeToken(), credentials: "same-origin" });
  if (answer.ok) {
    await import("lab/lab.js");
  } else {
    say((await answer.text()) || refusal);
  }
} catch (error) {
  say("The lab does not answer; is it still running?");
  throw error;
}
