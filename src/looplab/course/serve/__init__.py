"""Serving the course: pages, "Open live" and Jupyter behind one token, on this machine alone."""

from looplab.errors import optional_part

__all__ = ["learn"]


def learn(lesson: str | None = None, *, port: int = 8888, browser: bool = True) -> None:
    """Serve the course on 127.0.0.1 until Ctrl-C, and print its address with the token.

    Args:
        lesson: the lesson to open, for instance "2.1"; the contents when left out.
        port: the port to try first; busy ones are stepped over.
        browser: open the page in the browser.

    Raises:
        ChoiceError: there is no such lesson.
        ServeError: no port is free, or the learner's folder cannot be made.
        MissingExtraError: the optional part `course` is not installed.
    """
    with optional_part("looplab learn", "course"):
        from looplab.course.serve.fast_start import import_jsonschema

        import_jsonschema()
        from looplab.course.serve.course_site import course_site
        from looplab.course.serve.learning import serve
    serve(lesson, port=port, browser=browser, make_site=course_site)
