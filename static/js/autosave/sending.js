// The request that keeps what was typed on a page of a draft, and what its answer means.

/** Write the body: only these questions are meant, whatever else the page asks. */
export function bodyOf(csrf, changes) {
  const seen = Object.fromEntries(
    Object.entries(changes).map(([question, change]) => [question, change.seen]),
  );
  return new URLSearchParams([
    ["csrf_token", csrf],
    ["only", Object.keys(changes).join(",")],
    ["seen", JSON.stringify(seen)],
    ...Object.values(changes).flatMap(({ pairs }) => pairs),
  ]);
}

/**
 * Tell what an answer means: `heard`, `signed_out`, `sent` (no draft any more), `gone` (the page is not
 * asked), or `failed`. 400 comes for a page whose token is from before the sign-in.
 */
export function outcomeOf({ status, type }) {
  if (type === "opaqueredirect" || [400, 401, 403].includes(status)) {
    return "signed_out";
  }
  if (status === 404 || status === 410) {
    return "gone";
  }
  if (status === 409) {
    return "sent";
  }
  return status === 200 ? "heard" : "failed";
}

/**
 * Send changes to the address of their page.
 * @returns {Promise<{outcome: string, said: object}>} `offline` where nobody has answered
 */
export async function send(address, csrf, changes, { keepalive = false } = {}) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: bodyOf(csrf, changes),
      headers: { Accept: "application/json" },
      redirect: "manual",
      keepalive,
    });
    const outcome = outcomeOf(answer);
    const isSaid = outcome === "heard" || outcome === "sent";
    return { outcome, said: isSaid ? await answer.json() : {} };
  } catch (error) {
    // A proxy's own page instead of JSON is no acknowledgement either.
    return { outcome: error instanceof SyntaxError ? "failed" : "offline", said: {} };
  }
}
