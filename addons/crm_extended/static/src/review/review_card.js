/**
 * One cluster while a person decides it: what is chosen, who is left out, where the
 * cursor stands. Pure: no DOM, no server.
 */
export class ReviewCard {
    constructor(card) {
        Object.assign(this, card);
        this.targetId = card.target_id;
        this.choices = {}; // key of the row -> record whose value was chosen by hand
        this.out = {}; // record -> true when it is not the same
        this.row = Math.max(0, this.rows.findIndex((row) => row.differs));
        this.column = 0;
    }

    get members() {
        return this.records.filter((record) => !this.out[record.id]);
    }

    get canMerge() {
        return this.members.length > 1;
    }

    get target() {
        return this.records.find((record) => record.id === this.targetId);
    }

    get sourceIds() {
        const ids = this.members.map((record) => record.id);
        return ids.filter((id) => id !== this.targetId);
    }

    /** The record whose value stays in a row; false when no record has it. */
    getChosen(row) {
        return this.choices[row.key] ?? row.proposal.partner_id;
    }

    /** The text that stays in a row, and why. */
    getResult(row) {
        const chosen = this.choices[row.key];
        return chosen
            ? {text: row.cells[chosen].text, byHand: true}
            : {text: row.proposal.text, because: row.proposal.because};
    }

    moveRow(by) {
        this.row = Math.min(Math.max(this.row + by, 0), this.rows.length - 1);
    }

    /** Go to the next record that is in, and take its value. */
    moveColumn(by) {
        const row = this.rows[this.row];
        const members = this.members;
        const now = row && this.getChosen(row);
        let index = members.findIndex((record) => record.id === now);
        index = index < 0 ? (by > 0 ? 0 : members.length - 1) : index + by;
        const next = members[Math.min(Math.max(index, 0), members.length - 1)];
        if (next) {
            this.choose(this.row, next.id);
        }
    }

    /** Take a record's value in a row; an empty one too, if a person wants so. */
    choose(rowIndex, recordId) {
        const row = this.rows[rowIndex];
        if (!row || this.out[recordId] || !row.cells[recordId]) {
            return;
        }
        this.row = rowIndex;
        this.column = this.records.findIndex((record) => record.id === recordId);
        if (row.proposal.partner_id === recordId) {
            delete this.choices[row.key];
        } else {
            this.choices[row.key] = recordId;
        }
    }

    chooseNumber(number) {
        const record = this.records[number - 1];
        if (record) {
            this.choose(this.row, record.id);
        }
    }

    propose() {
        const row = this.rows[this.row];
        if (row) {
            delete this.choices[row.key];
        }
    }

    /** Leave a record out, or take it in again. */
    toggle(recordId) {
        if (this.out[recordId]) {
            delete this.out[recordId];
        } else {
            this.out[recordId] = true;
            for (const [key, chosen] of Object.entries(this.choices)) {
                if (chosen === recordId) {
                    delete this.choices[key];
                }
            }
        }
        if (this.out[this.targetId] && this.members.length) {
            this.targetId = this.members[0].id;
        }
    }

    keep(recordId) {
        if (!this.out[recordId]) {
            this.targetId = recordId;
        }
    }

    /** Other proposals of the server, for the records that are in now. */
    setProposals(proposals) {
        for (const row of this.rows) {
            row.proposal = proposals[row.key] || row.proposal;
        }
    }
}
