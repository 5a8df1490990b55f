// Writes every event that it gets to a file of its own in $SEEN_DIR, and fails where the
// environment says so.
'use strict';
const fs = require('fs');
const path = require('path');

const directory = process.env.SEEN_DIR;
fs.writeFileSync(path.join(directory, `client-${process.pid}.txt`), process.argv[1]);

function fails(event) {
  const poison = process.env.FAIL_ONCE;
  const texts = Object.values(event.records).flat()
    .map((record) => Buffer.from(record.value || '', 'base64').toString());
  if (poison === undefined || !texts.includes(poison)) return false;
  try { // whichever process meets it first
    fs.closeSync(fs.openSync(path.join(directory, 'poisoned'), 'wx'));
    return true;
  } catch {
    return false;
  }
}

function write(event, outcome) {
  const time = process.hrtime.bigint().toString().padStart(20, '0');
  const name = path.join(directory, `${time}-${process.pid}-${outcome}`);
  fs.writeFileSync(`${name}.tmp`, JSON.stringify(event));
  fs.renameSync(`${name}.tmp`, `${name}.json`);
}

exports.handler = async (event) => {
  if (fails(event)) {
    write(event, 'failed');
    throw new Error('poison');
  }
  write(event, 'ok');
};
