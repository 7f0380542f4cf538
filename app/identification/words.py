"""Words of the processes of identification that several places print."""

SUBJECTS = {
    "participants": "число участников",
    "marks": "отметки или баллы",
    "resits": "учтены пересдачи",
    "other_graduates": "учтены выпускники прошлых лет или ГВЭ",
    "not_held": "процедура не проводилась",
    "reorganisation": "реорганизация",
    "code": "ошибка кода школы",
    "other": "иное",
}
