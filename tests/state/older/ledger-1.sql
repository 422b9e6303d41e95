BEGIN TRANSACTION;
CREATE TABLE entries (
        target TEXT NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
        action TEXT, remote_id TEXT, hash TEXT, body TEXT, reason TEXT, run_id TEXT, line INTEGER, sent_at TEXT,
        doubted_at TEXT,
        PRIMARY KEY (target, account, stream, key)
    ) WITHOUT ROWID;
INSERT INTO "entries" VALUES('{target}','','','1','DONE','create','1001','27f9032be4844d7f07f20549f6e821f5','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/1","customer_type_name":"Klant","email":"j1@example.nl","house_number":"12","name":"Jansen 1","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}',NULL,'20260310T120000Z-e96d45',0,'2026-03-10T12:00:00Z',NULL);
INSERT INTO "entries" VALUES('{target}','','','2','DONE','create','1002','28d01584fb576cf5f910f268f6e17496','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/2","customer_type_name":"Klant","email":"j2@example.nl","house_number":"12","name":"Jansen 2","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}',NULL,'20260310T120000Z-e96d45',1,'2026-03-10T12:00:00Z',NULL);
INSERT INTO "entries" VALUES('{target}','','','3','DONE','create','1003','91c4b3c3d6d5e8fb94aa467219048451','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/3","customer_type_name":"Klant","email":"j3@example.nl","house_number":"12","name":"Jansen 3","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}',NULL,'20260310T120000Z-e96d45',2,'2026-03-10T12:00:00Z',NULL);
INSERT INTO "entries" VALUES('{target}','','','30','UNKNOWN','create',NULL,'5a1eab74b7f3a26336eeddc05b18ef97','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/30","customer_type_name":"Klant","email":"j30@example.nl","house_number":"12","name":"Jansen 30","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}','refused: Something went wrong (409).','20260310T120000Z-0de54d',0,'2026-03-10T12:00:00Z','2026-03-10T12:00:00Z');
INSERT INTO "entries" VALUES('{target}','','','31','UNKNOWN','create',NULL,'4457a74207fe049404be6430bb84f472','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/31","customer_type_name":"Klant","email":"j31@example.nl","house_number":"12","name":"Jansen 31","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}','The connection broke before an answer came.','20260310T120103Z-e4b09f',0,'2026-03-10T12:01:03.782922Z','2026-03-10T12:01:03.782922Z');
INSERT INTO "entries" VALUES('{target}','','','32','UNKNOWN','create',NULL,'5fe222e0369551c920889d26f5e885c3','{"city":"Utrecht","country_code_iso_3166":"NL","customer_reference":"row/32","customer_type_name":"Klant","email":"j32@example.nl","house_number":"12","name":"Jansen 32","phone_numbers":[{"phone_number":"+31201234567","phone_number_id":"tel"}],"postcode":"1337XD","street":"Dorpsstraat"}','told: The answer is about another record (1).','20260310T120203Z-7a528b',0,'2026-03-10T12:02:03.827599Z','2026-03-10T12:02:03.827599Z');
CREATE TABLE ledger (id TEXT NOT NULL, generation INTEGER NOT NULL, rebuilt_at TEXT);
INSERT INTO "ledger" VALUES('4b32b08f32763d12',8,NULL);
CREATE TABLE lines (
        run_id TEXT NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL, stream TEXT NOT NULL, key TEXT,
        outcome TEXT NOT NULL, remote_id TEXT, status INTEGER, message TEXT, field TEXT, suggestion TEXT,
        changed TEXT, PRIMARY KEY (run_id, line)
    ) WITHOUT ROWID;
INSERT INTO "lines" VALUES('20260310T120000Z-0de54d',0,'','','30','unknown',NULL,409,'Something went wrong (409).',NULL,NULL,NULL);
INSERT INTO "lines" VALUES('20260310T120000Z-e96d45',0,'','','1','created','1001',200,NULL,NULL,NULL,NULL);
INSERT INTO "lines" VALUES('20260310T120000Z-e96d45',1,'','','2','created','1002',200,NULL,NULL,NULL,NULL);
INSERT INTO "lines" VALUES('20260310T120000Z-e96d45',2,'','','3','created','1003',200,NULL,NULL,NULL,NULL);
INSERT INTO "lines" VALUES('20260310T120103Z-e4b09f',0,'','','31','unknown',NULL,NULL,'The connection broke before an answer came.',NULL,NULL,NULL);
INSERT INTO "lines" VALUES('20260310T120203Z-7a528b',0,'','','32','unknown',NULL,201,'The answer is about another record (1).',NULL,NULL,NULL);
CREATE TABLE runs (
        run_id TEXT PRIMARY KEY, target TEXT NOT NULL, began_at TEXT NOT NULL, server_date TEXT, dated_at TEXT,
        highest INTEGER
    );
INSERT INTO "runs" VALUES('20260310T120000Z-e96d45','{target}','2026-03-10T12:00:00Z','2026-03-10T12:00:00Z','2026-03-10T12:00:00Z',NULL);
INSERT INTO "runs" VALUES('20260310T120000Z-0de54d','{target}','2026-03-10T12:00:00Z','2026-03-10T12:00:00Z','2026-03-10T12:00:00Z',NULL);
INSERT INTO "runs" VALUES('20260310T120103Z-e4b09f','{target}','2026-03-10T12:01:03.782922Z',NULL,NULL,NULL);
INSERT INTO "runs" VALUES('20260310T120203Z-7a528b','{target}','2026-03-10T12:02:03.827599Z','2026-03-10T12:02:03Z','2026-03-10T12:02:03.827599Z',NULL);
CREATE INDEX entries_in_doubt ON entries (target) WHERE state IN ('SENDING', 'UNKNOWN');
CREATE INDEX entries_by_id ON entries (target, remote_id);
COMMIT;
PRAGMA user_version = 1;
