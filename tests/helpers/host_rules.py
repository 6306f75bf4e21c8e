"""What hosts check of a configuration, as far as it can be said without their servers.

EvalAI: ``apps/challenges/challenge_config_utils.py``, ``models.py`` and ``serializers.py`` of
Cloud-CV/EvalAI. Codabench: ``src/apps/competitions/unpackers``, ``competitions/models.py`` and
``leaderboards/models.py`` of codalab/codabench. Both as of 2026.
"""

import datetime

EVALAI_PAGES = (
    "description",
    "evaluation_details",
    "terms_and_conditions",
    "submission_guidelines",
)
EVALAI_SPLIT_KEYS = {
    "is_leaderboard_order_descending",
    "leaderboard_decimal_precision",
    "visibility",
    "dataset_split_id",
    "leaderboard_id",
    "challenge_phase_id",
}
META_ATTRIBUTES = {"method_name", "method_description", "project_url", "publication_url"}


def evalai_faults(config, files):
    """Faults of ``challenge_config.yaml``; ``files`` are the names in the zip."""
    faults = [key for key in EVALAI_PAGES if not _is_page(config.get(key), files)]
    faults += [key for key in ("title", "short_description") if not config.get(key)]
    if len(config["title"]) > 100:
        faults.append("title: 100 characters")
    script = config.get("evaluation_script", "")
    if not script.endswith(".zip") or script not in files:
        faults.append("evaluation_script")
    if not config["image"].endswith((".jpg", ".jpeg", ".png")) or config["image"] not in files:
        faults.append("image")
    if len(config["tags"]) > 4 or config["domain"] not in {"CV", "NLP", "RL", "MM", "AL", "TAB"}:
        faults.append("tags or domain")
    faults += _dates(config, "challenge")
    boards = _evalai_boards(config, faults)
    phases = _evalai_phases(config, files, faults)
    splits = {row["id"]: row["codename"] for row in config["dataset_splits"] if row["name"]}
    if len(set(splits.values())) < len(config["dataset_splits"]):
        faults.append("dataset_splits: codename")
    _evalai_phase_splits(config, boards, phases, splits, faults)
    return faults


def _is_page(path, files):
    return bool(path) and path.endswith(".html") and path in files


def _dates(row, where):
    start, end = row.get("start_date"), row.get("end_date")
    naive = [isinstance(time, datetime.datetime) and time.tzinfo is None for time in (start, end)]
    return [] if all(naive) and start <= end else [f"{where}: dates"]


def _evalai_boards(config, faults):
    for board in config["leaderboard"]:
        schema = board["schema"]
        if schema["default_order_by"] not in schema["labels"]:
            faults.append("default_order_by")
        if set(schema["metadata"]) != set(schema["labels"]):
            faults.append("metadata")
    return {board["id"] for board in config["leaderboard"]}


def _evalai_phases(config, files, faults):
    for phase in config["challenge_phases"]:
        faults += _dates(phase, "phase")
        if not phase["name"] or not phase["codename"] or not phase["description"]:
            faults.append("phase: name, codename, description")
        if not _is_page(phase["description"], files):
            faults.append("phase: description")
        if phase["test_annotation_file"] not in files:
            faults.append("phase: test_annotation_file")
        if phase["is_submission_public"] and phase["is_restricted_to_select_one_submission"]:
            faults.append("is_submission_public_restricted")
        counts = ("per_day", "per_month")
        limits = [phase[f"max_submissions_{name}"] for name in counts] + [phase["max_submissions"]]
        if not all(type(count) is int and count > 0 for count in limits):
            faults.append("phase: limits")
        if phase["max_concurrent_submissions_allowed"] > phase["max_submissions_per_day"]:
            faults.append("phase: max_concurrent_submissions_allowed")
        names = {row["name"] for row in phase["default_submission_meta_attributes"]}
        if not names <= META_ATTRIBUTES:
            faults.append("phase: default_submission_meta_attributes")
    return {phase["id"] for phase in config["challenge_phases"]}


def _evalai_phase_splits(config, boards, phases, splits, faults):
    seen = set()
    for row in config["challenge_phase_splits"]:
        key = (row["leaderboard_id"], row["challenge_phase_id"], row["dataset_split_id"])
        if not row.keys() >= EVALAI_SPLIT_KEYS or key in seen:
            faults.append("challenge_phase_splits")
        seen.add(key)
        if key[0] not in boards or key[1] not in phases or key[2] not in splits:
            faults.append("challenge_phase_splits: ids")
        if row["visibility"] not in {1, 2, 3}:
            faults.append("visibility")


def codabench_faults(config, files):
    """Faults of ``competition.yaml``; ``files`` are name → content of the zip."""
    faults = [] if str(config.get("version")) == "2" else ["version"]
    faults += [key for key in ("title", "description", "image", "terms") if not config.get(key)]
    faults += [key for key in ("image", "terms") if not files.get(config[key])]
    faults += [page["file"] for page in config["pages"] if not files.get(page["file"])]
    if len(config["docker_image"]) > 128 or len(config["title"]) > 256:
        faults.append("docker_image or title")
    tasks = _codabench_tasks(config, files, faults)
    for solution in config["solutions"]:
        if solution["path"] not in files or not set(solution["tasks"]) <= tasks:
            faults.append("solutions")
    _codabench_phases(config, files, tasks, faults)
    for board in config["leaderboards"]:
        _codabench_board(board, faults)
    return faults


def _codabench_tasks(config, files, faults):
    for task in config["tasks"]:
        for kind in ("scoring_program", "reference_data"):
            if task.get(kind) not in files:
                faults.append(f"task: {kind}")
        if not task["name"]:
            faults.append("task: name")
    indexes = [task["index"] for task in config["tasks"]]
    if len(set(indexes)) < len(indexes):
        faults.append("task: index")
    return set(indexes)


def read_time(field):
    """As Codabench reads times: what YAML has made a date of loses its hours."""
    if isinstance(field, datetime.date):
        return datetime.datetime.combine(field, datetime.time())
    return datetime.datetime.fromisoformat(field)


def _codabench_phases(config, files, tasks, faults):
    end = None
    for phase in sorted(config["phases"], key=lambda row: row["index"]):
        start = read_time(phase["start"])
        if end is not None and start <= end:
            faults.append("phases: order")
        end = read_time(phase["end"])
        if not phase["tasks"] or not set(phase["tasks"]) <= tasks or end <= start:
            faults.append("phase: tasks or times")
        if phase.get("starting_kit", "logo.png") not in files:
            faults.append("phase: starting_kit")
        if not 0 < len(phase["name"]) <= 256:
            faults.append("phase: name")
    if config["phases"][0].get("auto_migrate_to_this_phase"):
        faults.append("auto_migrate_to_this_phase: not on the first")


def _codabench_board(board, faults):
    columns = board["columns"]
    if not 0 < len(board["title"]) <= 64 or len(board["key"]) > 36:
        faults.append("leaderboard: title, key")
    if board["submission_rule"] not in {
        "Add", "Add_And_Delete", "Add_And_Delete_Multiple", "Force_Last",
        "Force_Latest_Multiple", "Force_Best",
    }:  # fmt: skip
        faults.append("submission_rule")
    for name in ("index", "key"):
        if len({column[name] for column in columns}) < len(columns):
            faults.append(f"columns: {name}")
    for column in columns:
        if max(len(column["title"]), len(column["key"])) > 36 or not column["title"]:
            faults.append("column: title, key")
        if column["sorting"] not in {"asc", "desc"}:
            faults.append("column: sorting")
