{
    "name": "Contact Centre",
    "summary": "Every channel one queue, every contact on the customer's record",
    "version": "19.0.1.0.0",
    "category": "Services/Contact Centre",
    "license": "LGPL-3",
    "author": "Customer Suite Contributors",
    "application": True,
    "development_status": "Beta",
    "depends": [
        "crm_extended",
        "im_livechat",
        "sms",
        "rating",
        "helpdesk_mgmt",
        "crm_phonecall",
    ],
    "data": [
        # security
        "security/groups.xml",
        "security/ir.model.access.csv",
        "security/rules.xml",
        # data
        "data/crm_channel.xml",
        "data/crm_disposition.xml",
        # views
        "views/menus.xml",
        "views/crm_work_item_form.xml",
        "views/crm_work_item_views.xml",
        "views/crm_queue_views.xml",
        "views/crm_disposition_views.xml",
        "views/crm_phonecall_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "wizards/crm_work_item_views.xml",
    ],
    "demo": ["demo/harmonia_contacts.xml"],
    "uninstall_hook": "uninstall_hook",
    "assets": {
        "web.assets_backend": ["crm_contact_center/static/src/**/*"],
        "web.assets_tests": ["crm_contact_center/static/tests/tours/**/*"],
    },
}
