{
    "name": "Customer Base",
    "summary": "One customer base from many sources: import, scores, segments, exchange",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Customer Suite Contributors",
    "website": "https://github.com/OCA/crm",
    "application": True,
    "development_status": "Beta",
    "depends": [
        "contacts",
        "crm",
        "sale_crm",
        "sale_management",
        "sale_loyalty",
        "account",
        "mass_mailing",
        "phone_validation",
        "project",
        "survey",
        "queue_job",
    ],
    "external_dependencies": {"python": ["openpyxl", "phonenumbers"]},
    "data": [
        # security
        "security/groups.xml",
        "security/ir.model.access.csv",
        "security/rules.xml",
        # data
        "data/queue_job.xml",
        # views
        "views/menus.xml",
        "views/crm_purchase_views.xml",
        "views/crm_source_views.xml",
        "views/crm_branch_views.xml",
        "views/res_partner_purchase_views.xml",
    ],
    "demo": [],
    "assets": {
        "web.assets_backend": ["crm_extended/static/src/**/*"],
        "web.assets_tests": ["crm_extended/static/tests/tours/**/*"],
    },
}
