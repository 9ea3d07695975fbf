// The page grows old with its evidence: past that time it says so by itself, also while it lies open.
(() => {
  const until = Date.parse(document.documentElement.dataset.validUntil);
  const age = () => {
    const stale = document.getElementById("stale");
    if (Date.now() < until || !stale.hidden) return;
    stale.hidden = false;
    document.querySelectorAll(".verdict").forEach((word) => { word.textContent = "NO-GO"; });
    document.getElementById("reason").prepend("When this was written: ");
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
