"""The wiring of the web process: extensions, then the features of the interfaces it serves."""

from flask import Flask

from portal.accounts import for_whom, providers
from portal.accounts import jobs as accounts_jobs
from portal.accounts import session as accounts_session
from portal.accounts.staff_views import digest as staff_digest
from portal.accounts.staff_views import keys as staff_keys
from portal.accounts.staff_views import signing_in as staff_signing_in
from portal.accounts.staff_views import telling as staff_telling
from portal.accounts.views import account, keys, messages, provider, registering, signing_in
from portal.administration.staff_views import people as administration_people
from portal.administration.staff_views import person as administration_person
from portal.administration.staff_views import teams as administration_teams
from portal.applications import autosave_views as application_autosave
from portal.applications import card_views as application_cards
from portal.applications import correction_views, supplement_views
from portal.applications import jobs as applications_jobs
from portal.applications import paper_views as application_papers
from portal.applications import part_paper_views as application_part_papers
from portal.applications import part_views as application_parts
from portal.applications import reading_staff_views as staff_readings
from portal.applications import reading_views as application_readings
from portal.applications import staff_views as applications_staff_views
from portal.applications import views as applications_views
from portal.applications.editing import decision_views as form_decisions
from portal.applications.editing import staff_views as form_editing
from portal.appointments import (
    contacts_views,
    finding_views,
    outcome_citizen_views,
    outcome_views,
    room_views,
    waiting_staff_views,
    waiting_views,
)
from portal.appointments import cover_views as appointments_cover_views
from portal.appointments import jobs as appointments_jobs
from portal.appointments import need_views as appointments_need_views
from portal.appointments import staff_views as appointments_staff_views
from portal.appointments import views as appointments_views
from portal.appointments import walk_in_views as appointments_walk_in_views
from portal.appointments.groups import jobs as groups_jobs
from portal.appointments.groups import plan_views as groups_plan_views
from portal.appointments.groups import staff_views as groups_staff_views
from portal.appointments.groups import views as groups_views
from portal.audit import jobs as audit_jobs
from portal.calendars import copy_views as calendars_copy_views
from portal.calendars import exception_views as calendars_exception_views
from portal.calendars import jobs as calendars_jobs
from portal.calendars import kind_views, skill_views
from portal.calendars import place_views as calendars_place_views
from portal.calendars import staff_views as calendars_staff_views
from portal.casefiles import asking_views as casefiles_asking_views
from portal.casefiles import figures as casefiles_figures
from portal.casefiles import file_jobs, file_views, hand_in_views, receipt_views, task_views
from portal.casefiles import jobs as casefiles_jobs
from portal.casefiles import representation_views as staff_representation
from portal.casefiles import undelivered_views as casefiles_undelivered
from portal.casefiles import unreached_views as casefiles_unreached
from portal.casefiles import views as casefiles_views
from portal.casefiles.staff_views import access as casefiles_access
from portal.casefiles.staff_views import blueprint as casefiles_staff
from portal.casefiles.staff_views import bulk as casefiles_bulk
from portal.casefiles.staff_views import cases as casefiles_cases
from portal.casefiles.staff_views import documents as casefiles_documents
from portal.casefiles.staff_views import moving as casefiles_moving
from portal.casefiles.staff_views import pages as casefiles_pages
from portal.casework import jobs as casework_jobs
from portal.casework import note_views, question_views
from portal.casework import staff_views as casework_staff_views
from portal.consultations import (
    colleague_views,
    guest_jobs,
    guest_list_staff_views,
    guest_list_views,
    guest_views,
    keeping_jobs,
    media_events,
    node_views,
    rehearsal_views,
)
from portal.consultations import ending_staff_views as consultations_ending_staff_views
from portal.consultations import jobs as consultations_jobs
from portal.consultations import nodes as media_nodes
from portal.consultations import pick_staff_views as consultations_pick_staff_views
from portal.consultations import staff_views as consultations_staff_views
from portal.consultations import table_staff_views as consultations_table_staff_views
from portal.consultations import table_views as consultations_table_views
from portal.consultations import views as consultations_views
from portal.consultations import waiting_views as waiting_room_views
from portal.core import (
    app_manifest,
    assets,
    browser,
    csp_reports,
    errors,
    fields,
    figures,
    health,
    i18n,
    jobs,
    logs,
    malware,
    paths,
    requests,
    storage,
    tallies,
    templating,
)
from portal.core.config import Settings
from portal.core.db import db
from portal.core.embedded import sqlalchemy_url
from portal.core.vault import jobs as vault_jobs
from portal.decisions import block_views, objection_staff_views
from portal.decisions import jobs as decisions_jobs
from portal.decisions import staff_views as decisions_staff_views
from portal.decisions import views as decisions_views
from portal.dev import views as dev_views
from portal.feeds import jobs as feeds_jobs
from portal.feeds import staff_views as feeds_staff_views
from portal.feeds import views as feeds_views
from portal.handover import jobs as handover_jobs
from portal.handover import staff_views as handover_staff_views
from portal.home import jobs as home_jobs
from portal.home import staff_views as home_staff_views
from portal.home import views as home_views
from portal.identity import jobs as identity_jobs
from portal.identity import staff_views as identity_staff_views
from portal.identity import views as identity_views
from portal.inbox import follow_up_views, workload_views
from portal.inbox import jobs as inbox_jobs
from portal.inbox.staff_views import blueprint as inbox_staff
from portal.inbox.staff_views import items as inbox_items
from portal.inbox.staff_views import listing as inbox_listing
from portal.inbox.staff_views import together as inbox_together
from portal.inbox.staff_views import views as inbox_views
from portal.instant import jobs as instant_jobs
from portal.instant import office_jobs as instant_office
from portal.instant import staff_views as instant_staff_views
from portal.instant import views as instant_views
from portal.intake import jobs as intake_jobs
from portal.intake import staff_views as intake_staff_views
from portal.invitations import (
    formal_staff_views,
    hearing_views,
    summons_views,
)
from portal.invitations import jobs as invitations_jobs
from portal.invitations import staff_views as invitations_staff_views
from portal.invitations import views as invitations_views
from portal.messages import block_staff_views as text_blocks_staff_views
from portal.messages import staff_views as threads_staff_views
from portal.messages import views as threads_views
from portal.notifications import jobs as notifications_jobs
from portal.notifications import push, sms, transport
from portal.office import releasing_views as office_releasing_views
from portal.office import staff_views as office_staff_views
from portal.postbox import arrival_views as postbox_arrival_views
from portal.postbox import jobs as postbox_jobs
from portal.postbox import short_views as postbox_short_views
from portal.postbox import staff_views as postbox_staff_views
from portal.postbox import views as postbox_views
from portal.precheck import housing_limits
from portal.precheck import views as precheck_views
from portal.representation import jobs as representation_jobs
from portal.representation import views as representation_views
from portal.safety import staff_views as safety_staff_views
from portal.uploads import desk
from portal.uploads import jobs as uploads_jobs
from portal.uploads import views as uploads_views

FEATURES = {
    "shared": (health.blueprint, csp_reports.blueprint, media_events.blueprint),
    "citizen": (
        home_views.blueprint,
        precheck_views.blueprint,
        instant_views.blueprint,
        registering.blueprint,
        signing_in.blueprint,
        account.blueprint,
        messages.blueprint,
        keys.blueprint,
        representation_views.blueprint,
        identity_views.blueprint,
        provider.blueprint,
        applications_views.blueprint,
        application_autosave.blueprint,
        application_cards.blueprint,
        application_papers.blueprint,
        supplement_views.blueprint,
        application_parts.blueprint,
        application_part_papers.blueprint,
        application_readings.blueprint,
        uploads_views.blueprint,
        casefiles_views.blueprint,
        hand_in_views.blueprint,
        receipt_views.blueprint,
        task_views.blueprint,
        appointments_views.blueprint,
        groups_views.blueprint,
        invitations_views.blueprint,
        summons_views.blueprint,
        hearing_views.blueprint,
        postbox_views.blueprint,
        postbox_arrival_views.blueprint,
        threads_views.blueprint,
        postbox_short_views.blueprint,
        decisions_views.blueprint,
        decisions_views.objections,
        outcome_citizen_views.blueprint,
        waiting_views.blueprint,
        consultations_views.blueprint,
        waiting_room_views.blueprint,
        rehearsal_views.blueprint,
        guest_list_views.blueprint,
        guest_views.blueprint,
        consultations_table_views.blueprint,
    ),
    "staff": (
        home_staff_views.blueprint,
        staff_signing_in.blueprint,
        staff_keys.blueprint,
        staff_digest.blueprint,
        staff_telling.blueprint,
        office_staff_views.blueprint,
        office_releasing_views.blueprint,
        administration_people.blueprint,
        administration_people.own_team,
        administration_person.blueprint,
        administration_teams.blueprint,
        identity_staff_views.blueprint,
        inbox_staff.blueprint,
        follow_up_views.blueprint,
        workload_views.blueprint,
        applications_staff_views.blueprint,
        staff_readings.blueprint,
        instant_staff_views.blueprint,
        form_editing.blueprint,
        form_decisions.blueprint,
        correction_views.blueprint,
        casefiles_staff.blueprint,
        casefiles_asking_views.blueprint,
        file_views.blueprint,
        casefiles_undelivered.blueprint,
        casefiles_unreached.blueprint,
        staff_representation.blueprint,
        intake_staff_views.blueprint,
        appointments_staff_views.blueprint,
        groups_staff_views.blueprint,
        appointments_cover_views.blueprint,
        appointments_walk_in_views.blueprint,
        outcome_views.blueprint,
        contacts_views.blueprint,
        feeds_staff_views.blueprint,
        feeds_views.blueprint,
        calendars_staff_views.blueprint,
        calendars_exception_views.blueprint,
        calendars_copy_views.blueprint,
        calendars_place_views.blueprint,
        appointments_need_views.blueprint,
        finding_views.blueprint,
        room_views.blueprint,
        skill_views.blueprint,
        waiting_staff_views.blueprint,
        kind_views.blueprint,
        invitations_staff_views.blueprint,
        formal_staff_views.summonses,
        formal_staff_views.hearing_pages,
        postbox_staff_views.blueprint,
        decisions_staff_views.blueprint,
        objection_staff_views.blueprint,
        block_views.blueprint,
        threads_staff_views.blueprint,
        text_blocks_staff_views.blueprint,
        consultations_staff_views.blueprint,
        guest_list_staff_views.blueprint,
        colleague_views.blueprint,
        node_views.blueprint,
        consultations_table_staff_views.blueprint,
        consultations_ending_staff_views.blueprint,
        consultations_pick_staff_views.blueprint,
        safety_staff_views.blueprint,
        handover_staff_views.blueprint,
        casework_staff_views.blueprint,
        note_views.blueprint,
        question_views.blueprint,
    ),
    "demo": (dev_views.blueprint,),
}

# Importing a module of jobs registers them; a worker that knows a job by name only cannot run it.
JOBS = (
    audit_jobs,
    accounts_jobs,
    applications_jobs,
    appointments_jobs,
    groups_jobs,
    calendars_jobs,
    casefiles_jobs,
    file_jobs,
    casework_jobs,
    consultations_jobs,
    decisions_jobs,
    feeds_jobs,
    guest_jobs,
    handover_jobs,
    home_jobs,
    keeping_jobs,
    identity_jobs,
    inbox_jobs,
    instant_jobs,
    instant_office,
    intake_jobs,
    invitations_jobs,
    notifications_jobs,
    postbox_jobs,
    representation_jobs,
    uploads_jobs,
    vault_jobs,
)

# Pages that stand on the blueprint of another module: importing them puts them there.
ON_A_SHARED_BLUEPRINT = (
    inbox_items,
    inbox_listing,
    inbox_together,
    inbox_views,
    casefiles_cases,
    casefiles_access,
    casefiles_bulk,
    casefiles_documents,
    casefiles_moving,
    casefiles_pages,
    groups_plan_views,
)

# Who has figures for Prometheus.
FIGURES = (
    jobs.figures,
    tallies.figures,
    casefiles_figures.figures,
    media_nodes.figures,
    handover_jobs.figures,
)

FOUNDATIONS = (
    logs,
    errors,
    requests,
    browser,
    i18n,
    templating,
    app_manifest,
    assets,
    fields,
    storage,
    malware,
    transport,
    sms,
    push,
    accounts_session,
    for_whom,
    providers,
    desk,
    housing_limits,
)


def create_app(settings: Settings) -> Flask:
    """Build the application that `settings` describe; `settings.database_url` must be filled."""
    app = Flask("portal", static_folder=str(paths.STATIC), template_folder=str(paths.TEMPLATES))
    app.config.from_mapping(_flask_config(settings))
    db.init_app(app)
    for foundation in FOUNDATIONS:
        foundation.init_app(app)
    figures.offer(app, FIGURES)
    shown = ("shared", *settings.interfaces, *(("demo",) if settings.demo else ()))
    for interface in shown:
        for blueprint in FEATURES[interface]:
            app.register_blueprint(blueprint)
    jobs.bind_app(app)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    prefix = "__Host-" if settings.is_secure else ""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(settings.secret_keys[1:]),
        "WTF_CSRF_SECRET_KEY": list(reversed(settings.secret_keys)),  # the last one signs there
        "BASE_URL": settings.base_url,
        "SQLALCHEMY_ENGINES": {
            "default": {
                "url": sqlalchemy_url(settings.database_url),
                "pool_pre_ping": True,
                # One for each thread: whoever waits for a connection is not served in order.
                "pool_size": max(5, settings.web_threads),
                "hide_parameters": True,  # what people typed stays out of error messages
            }
        },
        "SESSION_COOKIE_NAME": f"{prefix}portal",
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
    }
