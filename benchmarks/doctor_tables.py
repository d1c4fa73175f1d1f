"""Tables of what was measured of the doctor."""

import textwrap
from collections.abc import Mapping
from typing import Any


def doctor_recall(report: Mapping[str, Any]) -> str:
    """How often the doctor named the fault of each catalogue's broken trainings, and alarmed on the mended ones."""
    lines = [
        "| catalogue | named first | among the first two | healthy called ill |",
        "|---|---|---|---|",
    ]
    for title, counted in zip(("first", "second"), report["catalogues"].values(), strict=True):
        cells = [
            title,
            *(f"{counted[name]} of {counted['faults']}" for name in ("named_first", "named_among_two")),
            f"{counted['healthy_called_ill']} of {counted['healthy']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def doctor_watch(report: Mapping[str, Any]) -> str:
    """What a watch adds to a training's time."""
    lines = ["| training | steps a turn | seconds without a watch | with it, more (quartiles) |", "|---|---|---|---|"]
    for name, net in report["nets"].items():
        low, high = (100 * (each - 1) for each in net["quartiles"])
        more = f"{100 * (net['ratio'] - 1):+.1f} % ({low:+.1f} to {high:+.1f})"
        lines.append(f"| {name} | {net['steps']:,} | {net['plain_seconds']:.3f} | {more} |")
    about = f"Processor time of one thread, {report['turns']} turns of each, torch {report['torch']}."
    return "\n".join([*lines, "", about])


def doctor_alarms(report: Mapping[str, Any]) -> str:
    """How often each of the doctor's rules alarmed on healthy trainings, drawn at random."""
    rules, examined = report["rules"], report["examined"]
    alarming = sorted(
        (name for name in rules if rules[name]["false_alarms"]), key=lambda name: -rules[name]["false_alarms"]
    )
    quiet = next((each["interval"][1] for name, each in rules.items() if name not in alarming), 0.0)
    ill = _share(report["called_ill"], report["called_ill_interval"], examined)
    healthy = sum(report["healthy"].values())
    about = (
        f"Of {report['drawn']:,} trainings drawn at random ({report['trainings']:,} runs to tell the healthy from the "
        f"others), {healthy:,} were healthy; the doctor examined {examined:,}, with other seeds. {ill} were called ill."
    )
    others = f"other {len(rules) - len(alarming)}" if alarming else f"{len(rules)}"
    rest = f"Each of the {others} rules: none, which bounds its share by {100 * quiet:.1f} %."
    lines = ["| rule | false alarms | called worth a look |", "|---|---|---|"]
    for name in alarming:
        alarms = _share(rules[name]["false_alarms"], rules[name]["interval"], examined)
        lines.append(f"| `{name}` | {alarms} | {rules[name]['worth_a_look']} |")
    table = [*lines, ""] if alarming else []
    return "\n".join(
        [*textwrap.wrap(about, 120), "", *_by_net(report.get("groups", {})), *table, *textwrap.wrap(rest, 120)]
    )


def _by_net(groups: Mapping[str, Any]) -> list[str]:
    """What was examined of each kind of net, where there are several."""
    nets = sorted({group.partition(", ")[0] for group in groups})
    if len(nets) < 2:
        return []
    lines = ["| net | ways to train it | examined | called ill |", "|---|---|---|---|"]
    for net in nets:
        own = [counts for group, counts in groups.items() if group.partition(", ")[0] == net]
        examined, ill = (sum(counts[key] for counts in own) for key in ("examined", "called_ill"))
        lines.append(f"| {net} | {len(own)} | {examined} | {ill} |")
    return [*lines, ""]


def doctor_peers(report: Mapping[str, Any]) -> str:
    """What published tools' rules find of the same trainings, and each of their rules."""
    lines = [
        "| | catalogue | broken: any alarm | broken: the fault named | healthy called ill |",
        "|---|---|---|---|---|",
    ]
    tools = {"looplab.doctor": report["doctor"], **{name: each["catalogues"] for name, each in report["tools"].items()}}
    for name, catalogues in tools.items():
        for title, counts in zip(("first", "second"), catalogues.values(), strict=True):
            alarmed, named = (_of(counts[key], counts["faults"]) for key in ("alarmed", "named"))
            ill = _of(counts["healthy_called_ill"], counts["healthy"])
            lines.append(f"| {name} | {title} | {alarmed} | {named} | {ill} |")
    lines += ["", "| rule | alarms when | right | on other faults | on healthy trainings |", "|---|---|---|---|---|"]
    healthy = sum(each["healthy"] for each in report["tools"]["UMLAUT"]["catalogues"].values())
    for name, described in report["rules"].items():
        for rule, counts in report["tools"][name]["rules"].items():
            about = described[rule]
            false = _share(counts["false_alarms"], counts["false_alarm_interval"], healthy)
            warning = " (a warning)" if about["is_warning"] else ""
            cells = [f"{name}: {rule}{warning}", about["threshold"], str(counts["right"])]
            lines.append(f"| {' | '.join([*cells, str(counts['on_other_faults']), false])} |")
    return "\n".join(lines)


def _of(count: int | None, total: int) -> str:
    return "not counted" if count is None else f"{count} of {total}"


def _share(count: int, interval: tuple[float, float], of: int) -> str:
    low, high = (100 * each for each in interval)
    return f"{count} ({100 * count / of:.1f} %, 95 % interval {low:.1f} to {high:.1f} %)"
