"""A verdict in plain Russian: conclusion, criteria with their clauses, every low result with its arithmetic and source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.identification.rules import (
    AMBIGUOUS,
    BELOW_MINIMUM,
    BIAS,
    INSUFFICIENT_DATA,
    KIND_MISMATCH,
    LISTED,
    NOT_APPLICABLE,
    POOLED,
    SMALL_SAMPLE,
    WATCH,
    Finding,
    Method,
    Observation,
    Source,
    Verdict,
)
from app.regions.criteria import Criterion
from app.years import school_year_name
from forms.values import word_for

NBSP = "\u00a0"


def plural(number: int, one: str, few: str, many: str) -> str:
    """«1 процедура», «2 процедуры», «5 процедур»: the number with the word in its form."""
    return f"{number}{NBSP}{word_for(number, one, few, many)}"


def percent(low: int, n: int, line: int) -> str:
    """The share with one digit, or with as many as it takes not to look like the threshold it has not reached."""
    for digits in range(1, 5):
        scale = 10**digits
        shown = (low * 100 * scale * 2 + n) // (2 * n)
        if (shown > line * scale) == (low * 100 > line * n) and (shown < line * scale) == (low * 100 < line * n):
            break
    whole, rest = divmod(shown, scale)
    return f"{whole},{rest:0{digits}d}{NBSP}%"


def basis(verdict_criteria: Sequence[str], method: Method) -> str:
    """Basis as the annex of the order cites it: «абзац второй (К1)», «абзацы второй и третий (К1, К2)»; «» for none."""
    met = [criterion for criterion in method.rule.criteria if criterion.code in verdict_criteria]
    if not met:
        return ""
    labels = ", ".join(criterion.label for criterion in met)
    ordinals = [criterion.paragraph for criterion in met]
    if not all(ordinals):
        return labels
    word = "абзац" if len(met) == 1 else "абзацы"
    return f"{word} {_and(ordinals)} ({labels})"


def explain(verdict: Verdict, method: Method) -> list[str]:
    """Sentences in the order of reading; no markup, each can stand alone."""
    if verdict.status == NOT_APPLICABLE:
        return [_conclusion(verdict, method), _rule(method)]
    sentences = [_conclusion(verdict, method)]
    pairs = zip(method.rule.criteria, verdict.findings, strict=True)
    sentences += [_criterion(criterion, finding, verdict, method) for criterion, finding in pairs]
    sentences.append(_low_result(method))
    sentences += [observation_sentence(observation, method) for observation in verdict.low]
    sentences += list(flag_sentences(verdict, method))
    sentences.append(_rule(method))
    return sentences


def observation_sentence(observation: Observation, method: Method) -> str:
    """One result with the comparison in whole numbers and the place it was read from."""
    n, low, line = observation.n, observation.low, method.rule.share_percent
    left, right = low * 100, n * line
    if method.rule.operator == "gte":
        compared = f"{left} не меньше {right}" if observation.is_low else f"{left} меньше {right}"
    else:
        compared = f"{left} больше {right}" if observation.is_low else f"{left} не больше {right}"
    word = "результат низкий" if observation.is_low else "результат не низкий"
    return (
        f"{method.titles[observation.procedure]}, {school_year_name(observation.school_year)} учебный год: "
        f"не справились {low} из {n}, {percent(low, n, line)}. "
        f"{low} × 100 = {left}, {n} × {line} = {right}, {compared} – {word}. {source_text(observation.sources)}"
    )


def source_text(sources: Iterable[Source]) -> str:
    """«Источник: ВПР_МА5_2026.xlsx, лист «Отчёт», строка 118.»; «» when no source is known."""
    places = []
    for source in sources:
        if not source.file:
            continue
        sheet = f", лист «{source.sheet}»" if source.sheet else ""
        several = any(sign in source.rows for sign in "-–,")
        rows = f", {'строки' if several else 'строка'} {source.rows}" if source.rows else ""
        places.append(source.file + sheet + rows)
    if not places:
        return "Источник не указан."
    return ("Источник: " if len(places) == 1 else "Источники: ") + "; ".join(places) + "."


def flag_sentences(verdict: Verdict, method: Method) -> Iterable[str]:
    """What a reader should notice; each flag says what follows from it."""
    titles = method.titles
    if SMALL_SAMPLE in verdict.flags:
        small = [f"{titles[o.procedure]}, {o.low} из {o.n}" for o in verdict.low if SMALL_SAMPLE in o.flags]
        yield (
            f"Малая выборка: меньше {method.rule.small_sample_below} участников ({'; '.join(small)}). "
            "Один ученик заметно меняет долю, нужна отметка эксперта."
        )
    if BELOW_MINIMUM in verdict.flags:
        few = [titles[o.procedure] for o in verdict.observations if BELOW_MINIMUM in o.flags]
        yield f"Не учтены процедуры, где участников меньше {method.rule.min_participants}: {'; '.join(few)}."
    if AMBIGUOUS in verdict.flags:
        yield (
            "В источнике напечатана только доля, и ей отвечают два целых числа; от выбора зависит вывод. "
            "Сверьте число с протоколом."
        )
    if BIAS in verdict.flags:
        yield "Школа есть в списке ФИС ОКО с признаками необъективных результатов. Критерием это не является."
    if POOLED in verdict.flags:
        yield "Учтены результаты школ, правопреемником которых стала эта школа."
    if KIND_MISMATCH in verdict.flags:
        yield "Есть результаты процедур, которых школа этого вида не проводит; они не учтены. Проверьте вид школы в реестре."


def _conclusion(verdict: Verdict, method: Method) -> str:
    total, met = len(method.rule.criteria), len(verdict.criteria)
    enough = "достаточно одного" if method.rule.combine == "any" else "нужны все"
    if verdict.status == LISTED:
        if total == 1:
            return f"Школа отвечает критерию ({method.rule.listing.ref})."
        count = "оба критерия" if met == total == 2 else plural(met, "критерий", "критерия", "критериев")
        done = "Выполнен" if met == 1 else "Выполнены"
        return f"{done} {count}, {enough} ({method.rule.listing.ref})."
    if verdict.status == WATCH:
        return (
            "Школа не отвечает критериям, но данных за один из прошлых лет нет, а последний год низкий: "
            "за результатами наблюдают, в перечень школа не включается."
        )
    if verdict.status == INSUFFICIENT_DATA:
        return (
            f"Сделать вывод нельзя: за {school_year_name(verdict.school_year - 1)} учебный год "
            "нет результатов, которые можно учесть."
        )
    if verdict.status == NOT_APPLICABLE:
        return "Критерии к школе не применяются: процедур, по которым они считаются, в школе этого вида нет."
    return "Школа не отвечает критериям отнесения."


def _criterion(criterion: Criterion, finding: Finding, verdict: Verdict, method: Method) -> str:
    head = f"Критерий {criterion.label} ({criterion.clause.ref}) {'выполнен' if finding.met else 'не выполнен'}: "
    years = [school_year_name(verdict.school_year - 1 - back) for back in range(criterion.years)]
    counts = [
        f"в {year} – {plural(count, 'процедура', 'процедуры', 'процедур')}"
        for year, count in zip(years, finding.low_by_year, strict=True)
    ]
    need = plural(criterion.procedures, "процедуры", "процедур", "процедур")
    if criterion.years == 1:
        return f"{head}низкий результат {counts[0]}, нужно не меньше {need}."
    if method.rule.same_procedure:
        same = ", ".join(method.titles[code] for code in finding.same) or "таких нет"
        return (
            f"{head}нужна одна и та же процедура с низким результатом в каждом из учебных годов {_and(years)}; {same}."
        )
    return f"{head}низкий результат {_and(counts)}, нужно в каждом году не меньше {need}."


def _low_result(method: Method) -> str:
    rule = method.rule
    share = f"{rule.share_percent}{NBSP}% участников"
    text = f"{share} и больше" if rule.operator == "gte" else f"больше {share}"
    return (
        f"Низкий результат процедуры – когда {text} получили «2» или не преодолели минимальный порог "
        f"({rule.low_result.ref}). Пересдачи и выпускники прошлых лет не учитываются."
    )


def _rule(method: Method) -> str:
    return f"Правило «{method.rule.title}», версия {method.rule.key}. Основание: {method.rule.legal_basis}."


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " и " + words[-1]
