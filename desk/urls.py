"""Addresses of the pages that read several rooms."""

from django.urls import path

from desk.views import (
    bulk,
    entities,
    home,
    jobs,
    policy,
    proposals,
    runs,
    tagging,
    uploads,
    worklists,
)

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("entities/", entities.entity_list, name="entity-list"),
    path("entities/<int:pk>/", entities.entity_detail, name="entity-detail"),
    path("entities/<int:pk>/contact/", entities.entity_contact, name="entity-contact"),
    path("entities/<int:pk>/actions/<slug:action>/", tagging.entity_action, name="entity-action"),
    path("bulk/<slug:verb>/", bulk.bulk_begin, name="bulk-begin"),
    path("bulk/<slug:verb>/<slug:token>/", bulk.bulk_confirm, name="bulk-confirm"),
    path("operations/", bulk.operation_list, name="operation-list"),
    path("operations/<int:pk>/", bulk.operation_detail, name="operation-detail"),
    path("operations/<int:pk>/undo/", bulk.operation_undo, name="operation-undo"),
    path("undecided/", worklists.undecided_list, name="undecided-list"),
    path("undecided/begin/", worklists.undecided_begin, name="undecided-begin"),
    path("undecided/<int:pk>/", worklists.undecided_decide, name="undecided-decide"),
    path("review/", worklists.review_list, name="review-list"),
    path("proposals/", proposals.proposal_list, name="proposal-list"),
    path("proposals/decide/", proposals.proposal_decide, name="proposal-decide"),
    path("proposals/withdraw/", proposals.proposal_withdraw, name="proposal-withdraw"),
    path("exclusions/", proposals.exclusion_list, name="exclusion-list"),
    path("exclusions/<int:pk>/decide/", proposals.exclusion_decide, name="exclusion-decide"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/start/", runs.run_start, name="run-start"),
    path("runs/<int:pk>/", runs.run_detail, name="run-detail"),
    path("runs/<int:pk>/release/", runs.run_release, name="run-release"),
    path("decisions/", runs.decision_list, name="decision-list"),
    path("rules/", policy.policy, name="policy"),
    path("rules/wording/", policy.policy_load, name="policy-load"),
    path("terms/", policy.term_list, name="term-home"),
    path("terms/<slug:table>/", policy.term_list, name="term-list"),
    path("terms/<slug:table>/add/", policy.term_add, name="term-add"),
    path("terms/<slug:table>/<int:pk>/end/", policy.term_end, name="term-end"),
    path("upload/", uploads.upload, name="upload"),
    path("jobs/", jobs.job_list, name="job-list"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job-detail"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/errors/", jobs.job_errors, name="job-errors"),
]
