-- +goose Up
-- Which drafts are as an import left them: a person's first touch makes another
-- version of the alert.

alter table alert_import add column alert_version bigint not null default 1;
create index alert_import_newest on alert_import (imported_at, alert);

-- Renewed before this column by the command, and by nobody since. What a
-- publisher's own import renewed counts as touched: it stays on the list it is on.
update alert_import set alert_version = (select a.version from alert a where a.id = alert_import.alert)
 where exists (select 1 from alert a where a.id = alert_import.alert and a.state = 'draft' and a.author = 'portal:import');
