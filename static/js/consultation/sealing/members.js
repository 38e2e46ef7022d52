// Who shares keys: everybody who is in and not on hold. Whoever only lost the connection for a moment
// stays; with the next one who comes or goes, keys are made among those who can answer.

/** @typedef {{id: string, held: boolean, away: boolean}} Person */

/**
 * @param {string[]} current
 * @param {Person[]} people
 * @param {string} you
 * @returns {string[]} the same list if nobody came or went
 */
export function nextMembers(current, people, you) {
  const here = people.filter((one) => one.id !== you && !one.held);
  const there = new Set(here.map((one) => one.id));
  const active = here.filter((one) => !one.away).map((one) => one.id);
  const known = current.filter((id) => id !== you);
  const nobodyLeft = known.every((id) => there.has(id));
  if (nobodyLeft && active.every((id) => known.includes(id))) return current;
  return [you, ...active];
}
