"""What this room declares about its four processes."""

from __future__ import annotations

from app.cases.handlers import Handlers, Values
from app.cases.move import Move
from app.documents import acts
from app.engine import Card
from app.teachers import applications, diagnosis, groups, lessons, papers, review, roster, route_steps, routes


def render_retraining(move: Move, card: Card) -> Values | None:
    papers.render_retraining(move, card)
    return None


RETRAINING = Handlers(
    kinds={"retraining": diagnosis.open_retraining},
    about={"retraining": ("school",)},
    openers={"retraining": ("pd_center",)},
    forms={
        "retraining_roster": roster.write,
        "retraining_schedule": diagnosis.write_schedule,
        "retraining_results": diagnosis.write_results,
        "retraining_exit": diagnosis.write_results,
        "retraining_review": review.write_review,
        "retraining_needs": review.write_needs,
        "retraining_report": review.write_report,
    },
    contexts={
        "retraining_roster": roster.context,
        "retraining_schedule": diagnosis.schedule_context,
        "retraining_results": diagnosis.results_context,
        "retraining_exit": diagnosis.results_context,
        "retraining_review": review.review_context,
        "retraining_needs": review.needs_context,
        "retraining_report": review.report_context,
        "retraining_accept": review.accept_context,
    },
    operations={
        "check_gate.retraining.coverage": diagnosis.gate_coverage,
        "retraining.render": render_retraining,
    },
    facts={"retraining.route.closed": diagnosis.exit_ready},
    targets={"retraining.routes": review.route_targets},
)

ROUTE = Handlers(
    kinds={"teacher_route": routes.open_route},
    about={"teacher_route": ("school",)},
    asked={"teacher_route": routes.whose},
    openers={"teacher_route": ("pd_center", "tutor")},
    forms={
        "route_draft": routes.write_draft,
        "route_agree": routes.write_agree,
        "route_refusal": routes.write_refusal,
        "route_steps": route_steps.write_steps,
        "route_check": route_steps.write_check,
        "route_exit": route_steps.write_exit,
        "route_reflection": route_steps.write_reflection,
        "route_close": route_steps.write_close,
    },
    contexts={
        "route_draft": routes.draft_context,
        "route_agree": routes.agree_context,
        "route_steps": route_steps.steps_context,
        "route_check": route_steps.check_context,
        "route_exit": route_steps.exit_context,
        "route_close": route_steps.close_context,
    },
    operations={
        "teacher_route.deliver": routes.inform,
        "teacher_route.collect_facts": route_steps.next_step,
        "teacher_route.render": route_steps.render,
    },
    roles={"teacher_route.tutor": routes.tutor, "teacher_route.teacher": routes.teacher},
    signed={"route_agree": routes.agree_shown, "route_close": route_steps.close_shown},
)

APPLICATION = Handlers(
    kinds={"training_application": applications.open_application},
    about={"training_application": ("municipality",)},
    openers={"training_application": ("municipal_method_service", "municipal_authority")},
    forms={
        "tapp_collect": applications.write_collect,
        "tapp_send": applications.write_send,
        "tapp_quota": applications.write_quota,
        "tapp_names": applications.write_names,
        "tapp_result": applications.write_result,
    },
    contexts={
        "tapp_collect": applications.collect_context,
        "tapp_send": applications.send_context,
        "tapp_quota": applications.quota_context,
        "tapp_names": applications.names_context,
        "tapp_result": applications.result_context,
    },
    operations={
        "training_application.number": applications.number,
        "training_application.render": applications.render,
    },
    facts={"training_application.training.done": applications.groups_done},
    signed={"tapp_send": applications.send_shown},
    audience={"applications.ready": applications.told_groups},
)

TRAINING = Handlers(
    kinds={"training": groups.open_training},
    about={"training": groups.PLACES},
    openers={"training": ("pd_center", "partner", "municipal_method_service")},
    forms={
        "training_card": groups.write_card,
        "training_approve": groups.write_approve,
        "training_enrol": groups.write_enrol,
        "training_journal": lessons.write_journal,
        "training_result": lessons.write_result,
        "internship_report": lessons.write_report,
        "internship_mark": lessons.write_mark,
        "training_close": lessons.write_close,
    },
    contexts={
        "training_card": groups.card_context,
        "training_enrol": groups.enrol_context,
        "training_journal": lessons.journal_context,
        "training_result": lessons.result_context,
        "internship_report": lessons.report_context,
        "internship_mark": lessons.mark_context,
        "training_close": lessons.close_context,
    },
    operations={
        "training.collect_facts": groups.cancelled,
        "training.number": lessons.certificates,
        "training.render": groups.render,
        "check_gate.training.reports": lessons.gate_reports,
    },
    facts={
        "training.applications.ready": groups.names_ready,
        "training.act.decided": acts.outcome,
    },
    roles={"training.teacher": lessons.trainee_position},
    targets={"training.training_order": groups.order_target},
    annexes={groups.ORDER: groups.order_annex},
    audience={"training.done": lessons.told_applications, "route.step_done": lessons.told_routes},
)

HANDLERS = Handlers.join((RETRAINING, ROUTE, APPLICATION, TRAINING))
