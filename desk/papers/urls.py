"""Addresses of the pages of papers."""

from django.urls import path

from desk.views import paper_templates, paper_words, papers

paper_patterns = [
    path("papers/templates/", paper_templates.template_list, name="paper-templates"),
    path("papers/templates/load/", paper_templates.template_load, name="paper-template-load"),
    path(
        "papers/templates/<int:pk>/file/",
        paper_templates.template_file,
        name="paper-template-file",
    ),
    path("papers/words/", paper_words.word_list, name="paper-words"),
    path("papers/words/add/", paper_words.word_add, name="paper-word-add"),
    path("papers/words/<int:pk>/end/", paper_words.word_end, name="paper-word-end"),
    path("papers/orders/<int:pk>/", papers.paper_list, name="paper-list"),
    path("papers/orders/<int:pk>/make/", papers.paper_make, name="paper-make"),
    path("papers/orders/<int:pk>/draft/", papers.paper_draft, name="paper-draft"),
    path("papers/<int:pk>/", papers.paper_detail, name="paper-detail"),
    path("papers/<int:pk>/whole/", papers.paper_whole, name="paper-whole"),
    path("papers/<int:pk>/file/", papers.paper_file, name="paper-file"),
]
