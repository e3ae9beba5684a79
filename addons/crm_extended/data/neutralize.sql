-- a copy for trying out must not call partners' systems
UPDATE crm_exchange_hook SET state = 'stopped' WHERE state <> 'draft';
