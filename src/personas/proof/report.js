// The page grows old with its evidence: past that time it says so by itself, also while it lies open.
(() => {
  const until = Date.parse(document.documentElement.dataset.validUntil);
  const age = () => {
    if (Date.now() < until) return;
    document.getElementById("stale").hidden = false;
    document.getElementById("verdict").textContent = "NO-GO";
    document.getElementById("hero").className = "hero red";
    document.title = "STALE · NO-GO";
  };
  age();
  setInterval(age, 60000);
  // On paper nothing can be unfolded.
  const all = () => document.querySelectorAll("details");
  addEventListener("beforeprint", () => all().forEach((d) => { d.dataset.was = d.open; d.open = true; }));
  addEventListener("afterprint", () => all().forEach((d) => { d.open = d.dataset.was === "true"; }));
})();
