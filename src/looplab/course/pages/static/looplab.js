// Four small things that Markdown cannot say. Nothing is fetched from another host.

// "Open live" is there only where `looplab learn` serves the pages.
const live = document.querySelectorAll("a.open-live");
if (live.length && location.pathname.startsWith("/course/") && location.protocol.startsWith("http")) {
  fetch("/looplab/progress/index.html", { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((state) => state && live.forEach((link) => link.removeAttribute("hidden")))
    .catch(() => {});
}

// What the learner has done stands on the first page, again only where the pages are served.
const marks = document.querySelectorAll(".lesson-progress");
if (marks.length && location.pathname.startsWith("/course/") && location.protocol.startsWith("http")) {
  const show = (element, text) => {
    element.textContent = text;
    element.hidden = !text;
  };
  const look = () =>
    fetch("/looplab/done", { credentials: "same-origin", cache: "no-store" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((done) => {
        marks.forEach((mark) => show(mark, done?.lessons[mark.dataset.lesson] ?? ""));
        document.querySelectorAll(".course-progress").forEach((total) => show(total, done?.course ?? ""));
      })
      .catch(() => {});
  look();
  window.addEventListener("focus", look); // back from a notebook in which an exercise was passed
}

// What scrolls sideways can be reached and scrolled with the keyboard.
const reach = () =>
  document.querySelectorAll("article pre, article div.math, article .table-wrapper").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });

// A line does not end between a formula and the punctuation that follows it.
document.querySelectorAll("article span.math").forEach((formula) => {
  const after = formula.nextSibling;
  if (after?.nodeType === Node.TEXT_NODE && /^[.,;:?!)\u2019\u201d]/.test(after.data)) {
    const together = document.createElement("span");
    together.className = "together";
    formula.before(together);
    after.splitText(1);
    together.append(formula, after);
  }
});

window.addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach));
window.addEventListener("resize", reach);
