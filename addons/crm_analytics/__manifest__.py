{
    "name": "Customer Analytics",
    "summary": "Warehouse, cubes in Odoo's own pivots, RFM and customer lifetime value",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Customer Suite Contributors",
    "application": True,
    "development_status": "Beta",
    "depends": ["crm_extended", "spreadsheet_dashboard"],
    "external_dependencies": {
        "python": ["duckdb", "ibis-framework", "numpy", "pyarrow", "scipy", "sqlglot"]
    },
    "data": [
        # security
        "security/groups.xml",
        "security/ir.model.access.csv",
        "security/rules.xml",
        # data
        "data/ir_cron.xml",
        "data/crm_score.xml",
        "data/crm_segment.xml",
        # views
        "views/menus.xml",
        "views/crm_cube_purchase_views.xml",
        "views/crm_warehouse_run_views.xml",
        "views/crm_score_run_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "demo": ["demo/warehouse.xml"],
    "uninstall_hook": "uninstall_hook",
    "assets": {
        "web.assets_tests": ["crm_analytics/static/tests/tours/**/*"],
    },
}
