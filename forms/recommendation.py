"""Forms of recommendations to one addressee."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    YesNoField,
    accepting,
    signing,
)

BASES = (
    ("indicator", "показатель мониторинга"),
    ("factor", "фактор риска"),
    ("gap", "профессиональный дефицит"),
    ("visit", "посещение школы"),
    ("decision", "решение по итогам года"),
    ("other", "иное"),
)
RESULTS = (("done", "выполнено"), ("partly", "выполнено частично"), ("not_done", "не выполнено"))


class AdviceRow(RowForm):
    text = LongText("Рекомендация", required=True, longest=2000, missing="Напишите рекомендацию")
    due = DateField("Срок", not_before="today")
    expected = TextField("Ожидаемый результат", longest=1000)


class RecDraft(CaseForm):
    key = "rec_draft"
    title = "Составить рекомендации"
    lead = "Рекомендации получит один адресат: пишите то, что нужно именно ему."
    submit_label = "Отправить на подпись"
    person = ReferenceField("Педагог", of="person", hint="если рекомендации нужны одному педагогу")
    audience = ChoiceField("Для кого", dictionary="audience", required=True)
    basis_kind = ChoiceField("Основание", choices=BASES, required=True)
    basis = LongText(
        "Что показало основание", required=True, shortest=20, missing="Назовите показатель, фактор, дефицит или визит"
    )
    direction = ChoiceField("Направление", dictionary="direction", required=True)
    rows = RowsField(AdviceRow, "Рекомендации", required=True, most=15, unique=("text",), row_label="Рекомендация")
    action = YesNoField("Нужно действие адресата", required=True)

    def check(self) -> None:
        """Where action is needed, at least one recommendation has its term."""
        if self.action.data and self.rows.filled and not any(e.form.due.data for e in self.rows.filled):
            self.fail("rows", "Нужно действие: поставьте срок хотя бы одной рекомендации")


class RecSign(DecisionForm):
    key = "rec_sign"
    title = "Подписать рекомендации"
    routes = ("rec_sign_outcome",)
    outcome = signing()


class RecReply(CaseForm):
    key = "rec_reply"
    title = "Ответить на рекомендации"
    submit_label = "Отправить ответ"
    lead = "Текст рекомендаций – ниже, под ним – ваш ответ."
    routes = ("rec_reply_outcome",)
    outcome = ChoiceField(
        "Ответ",
        choices=(("accept", "принимаем к работе"), ("question", "есть вопрос"), ("decline", "отклоняем")),
        required=True,
    )
    decision = ChoiceField(
        "Как исполним",
        choices=(
            ("roadmap", "внесём в программу школы"),
            ("decision", "отдельным решением"),
            ("done", "уже выполнено"),
        ),
        required=True,
        only_when=("outcome", "accept"),
    )
    text = LongText(
        "Пояснение",
        required_when=("outcome", ("question", "decline")),
        missing="Напишите вопрос или причину отказа",
    )


class RecAnswer(CaseForm):
    key = "rec_answer"
    title = "Ответить адресату"
    lead = "Вопрос адресата показан ниже."
    submit_label = "Отправить ответ"
    answer_text = LongText("Ответ", required=True, missing="Ответьте на вопрос")


class RecDeclineCheck(CaseForm):
    key = "rec_decline_check"
    title = "Рассмотреть отказ"
    lead = "Причина отказа показана ниже."
    submit_label = "Отправить решение"
    routes = ("rec_decline_check_outcome",)
    outcome = ChoiceField(
        "Решение", choices=(("agree", "согласиться с отказом"), ("insist", "настаивать")), required=True
    )
    text = LongText("Пояснение", required=True, missing="Объясните решение")


class MarkRow(RowForm):
    text = TextField("Рекомендация", longest=2000)
    due = TextField("Срок")
    result = ChoiceField("Итог", choices=RESULTS, required=True)
    fact = LongText("Что сделано", required=True, missing="Напишите, что сделано или почему нет")
    files = FilesField("Подтверждения")


class RecMark(CaseForm):
    key = "rec_mark"
    title = "Отметить исполнение"
    lead = "По каждой рекомендации – что сделано. Автор проверит и примет."
    submit_label = "Отправить на проверку"
    rows = RowsField(MarkRow, "Исполнение", closed=True, locked=("text", "due"), most=15, row_label="Рекомендация")
    no_pupil_data = TickField(
        "Файлы не содержат персональных данных обучающихся",
        required_when=lambda form: any(entry.form.files.data for entry in form.rows.filled),
        missing="Проверьте файлы и подтвердите, что в них нет персональных данных обучающихся",
    )

    def check(self) -> None:
        """`done` needs a file."""
        for entry in self.rows.filled:
            if entry.form.result.data == "done" and not entry.form.files.data and not entry.form.files.errors:
                entry.form.fail("files", "Приложите подтверждение: файл или снимок страницы")


class RecCheck(DecisionForm):
    key = "rec_check"
    title = "Проверить исполнение"
    routes = ("rec_check_outcome",)
    outcome = accepting()


FORMS = {form.key: form for form in (RecDraft, RecSign, RecReply, RecAnswer, RecDeclineCheck, RecMark, RecCheck)}
