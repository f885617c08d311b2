// Verifies that an event is genuine (Standard Webhooks).

import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

/** Return whether an event was signed with one of these secrets, and lately. */
export function isGenuine(
	body: Buffer,
	headers: Record<string, string | string[] | undefined>,
	secrets: string[],
	now = Date.now() / 1000,
): boolean {
	const id = String(headers['webhook-id'] ?? '');
	const timestamp = String(headers['webhook-timestamp'] ?? '');
	if (!id || !/^\d{1,12}$/.test(timestamp)) return false;
	if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) return false;
	const sent = String(headers['webhook-signature'] ?? '').split(' ').filter((one) => one.startsWith('v1,'));
	return secrets.some((secret) => {
		const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
		if (!key.length) return false;
		const mine = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
		return sent.some((one) => {
			const theirs = Buffer.from(one.slice(3), 'base64');
			return theirs.length === mine.length && timingSafeEqual(theirs, mine);
		});
	});
}
