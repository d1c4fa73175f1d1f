// Small things that Markdown cannot say. Nothing is fetched from another host.

// "Open live" is there only where `looplab learn` serves the pages.
const live = document.querySelectorAll("a.open-live");
if (live.length && location.pathname.startsWith("/course/") && location.protocol.startsWith("http")) {
  fetch("/looplab/progress/index.html", { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((state) => state && live.forEach((link) => link.removeAttribute("hidden")))
    .catch(() => {});
}

// What the learner has done stands on the pages, again only where they are served: ticks, and answers to a quiz.
const marks = document.querySelectorAll(".lesson-progress, .exercise-done, .quiz-answer");
if (marks.length && location.pathname.startsWith("/course/") && location.protocol.startsWith("http")) {
  const all = (selector, change) => document.querySelectorAll(selector).forEach(change);
  const show = (element, text) => {
    if (element.textContent !== text) element.textContent = text; // a screen reader says it once
    element.hidden = !text;
  };
  const goOn = (next) => {
    const place = document.querySelector(".go-on");
    if (place) {
      place.hidden = !next;
      const link = document.createElement("a");
      link.href = next?.page ?? "";
      link.textContent = `Go on with ${next?.number} ${next?.title}`;
      place.replaceChildren(link);
    }
  };
  const tick = (link, passed) => {
    link.textContent = `${passed ? "✓" : "○"} ${link.dataset.exercise}`;
    link.setAttribute("aria-label", `Exercise ${link.dataset.exercise}, ${passed ? "passed" : "not passed yet"}`);
  };
  const fill = (done) => {
    const passed = new Set(done?.passed ?? []);
    all(".lesson-progress", (mark) => show(mark, done?.lessons[mark.dataset.lesson] ?? ""));
    all(".course-progress", (mark) => show(mark, done?.course ?? ""));
    all(".lesson-exercises", (list) => (list.hidden = !done));
    all("a[data-exercise]", (link) => tick(link, passed.has(link.dataset.exercise)));
    all(".exercise-done", (mark) => show(mark, passed.has(mark.dataset.exercise) ? "✓ Passed" : ""));
    all(".quiz-answer", (mark) => {
      const letters = done?.answers[mark.dataset.question];
      show(mark, letters ? `${passed.has(mark.dataset.question) ? "✓ " : ""}Your answer: ${letters.join(", then ")}` : "");
    });
    goOn(done?.next);
    return done;
  };
  const look = () =>
    fetch("/looplab/done", { credentials: "same-origin", cache: "no-store" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then(fill)
      .catch(() => null);
  const first = look();
  window.addEventListener("focus", look); // back from a notebook in which an exercise was passed

  // An option that was chosen before is open again. One that is chosen now is recorded; a click comes from the keyboard,
  // too, but not from a search in the page, which opens options as well.
  const lost = "Your answer could not be recorded. Is \u201clooplab learn\u201d still running?";
  const choose = async (question, letter) => {
    const done = await first;
    if (!done) return;
    const body = new URLSearchParams({ question, answer: letter });
    const headers = { "X-XSRFToken": done.xsrf };
    const answer = await fetch("/looplab/answers", { method: "POST", credentials: "same-origin", headers, body })
      .then((reply) => reply.json())
      .catch(() => ({ trouble: lost }));
    if (answer.lessons) fill(answer);
    if (answer.trouble || !answer.lessons) {
      all(`.quiz-answer[data-question="${question}"]`, (mark) => show(mark, answer.trouble || lost));
    }
  };
  all(".quiz-option[data-question]", (option) => {
    const { question, letter } = option.dataset;
    first.then((done) => done?.answers[question]?.includes(letter) && (option.open = true));
    option.querySelector("summary").addEventListener("click", () => option.open || choose(question, letter));
  });
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
