// What the node shows: resources, operations and their parameters.

import type { INodeProperties } from 'n8n-workflow';

const CONTACT = ['enrich', 'findEmail', 'findPhone'];
const ofContact = { show: { resource: ['contact'], operation: CONTACT } };
const ofBatch = { show: { resource: ['batch'], operation: ['create'] } };

export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Account', value: 'account' },
			{ name: 'Batch', value: 'batch' },
			{ name: 'Contact', value: 'contact' },
			{ name: 'Run', value: 'run' },
		],
		default: 'contact',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['contact'] } },
		options: [
			{
				name: 'Enrich',
				value: 'enrich',
				description: 'Look up e-mail address, phone number or both, and wait for the result',
				action: 'Enrich a contact and wait',
			},
			{
				name: 'Find Email',
				value: 'findEmail',
				description: 'Look up an e-mail address, and wait for it',
				action: 'Find an email address',
			},
			{
				name: 'Find Phone',
				value: 'findPhone',
				description: 'Look up a phone number, and wait for it',
				action: 'Find a phone number',
			},
		],
		default: 'enrich',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['batch'] } },
		options: [
			{
				name: 'Create',
				value: 'create',
				description: 'Look up every row of a file, up to 100 000',
				action: 'Create a batch from a file',
			},
		],
		default: 'create',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['run'] } },
		options: [{ name: 'Get', value: 'get', description: 'Read a run as it stands', action: 'Get a run' }],
		default: 'get',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['account'] } },
		options: [{ name: 'Get Credits', value: 'credits', description: 'Read the credits', action: 'Get the credits' }],
		default: 'credits',
	},
	{
		displayName: 'Look Up',
		name: 'enrichmentType',
		type: 'options',
		displayOptions: { show: { resource: ['contact'], operation: ['enrich'] } },
		options: [
			{ name: 'E-Mail Address', value: 'email' },
			{ name: 'Phone Number', value: 'phone' },
			{ name: 'Both', value: 'all' },
		],
		default: 'email',
	},
	text('First Name', 'firstName', 'Jane'),
	text('Last Name', 'lastName', 'Smith'),
	text('Full Name', 'fullName', 'Jane Smith', 'Instead of first and last name'),
	text('Company Domain', 'companyDomain', 'acme.example', 'A domain, or a URL or e-mail address to take it from'),
	text('Company Name', 'companyName', 'Acme'),
	text('LinkedIn URL', 'linkedInUrl', 'https://www.linkedin.com/in/janesmith', "The person's profile"),
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		displayOptions: ofContact,
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		displayOptions: ofBatch,
		default: 'data',
		required: true,
		hint: 'The name of the input field with the file: CSV, TSV, xlsx, NDJSON or JSON',
	},
	{
		displayName: 'Look Up',
		name: 'fields',
		type: 'multiOptions',
		displayOptions: ofBatch,
		options: [
			{ name: 'E-Mail Address', value: 'email' },
			{ name: 'Phone Number', value: 'phone' },
		],
		default: ['email'],
		required: true,
	},
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		displayOptions: ofBatch,
		options: [
			{ name: 'Rows', value: 'rows', description: 'Wait, and give an item for each row' },
			{ name: 'CSV File', value: 'csv', description: 'Wait, and give a file with your columns and what was found' },
			{ name: 'Batch', value: 'batch', description: 'Do not wait; the trigger node hears of the end' },
		],
		default: 'rows',
	},
	{
		displayName: 'Run ID',
		name: 'runId',
		type: 'string',
		displayOptions: { show: { resource: ['run'], operation: ['get'] } },
		default: '',
		required: true,
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		displayOptions: { show: { resource: ['contact', 'batch'] } },
		default: {},
		options: [
			{
				displayName: 'Force Refresh',
				name: 'forceRefresh',
				type: 'boolean',
				default: false,
				description: 'Whether to look up again although the cache has an answer',
			},
			{
				displayName: 'Max Cost (USD)',
				name: 'maxCostUsd',
				type: 'number',
				typeOptions: { numberPrecision: 6, minValue: 0 },
				default: 0,
				description: 'What providers may charge for each contact; 0 for no bound',
			},
			{
				displayName: 'Metadata',
				name: 'metadata',
				type: 'json',
				default: '{}',
				displayOptions: { show: { '/resource': ['contact'] } },
				description: 'A JSON object that comes back with the result',
			},
			{
				displayName: 'Providers',
				name: 'providers',
				type: 'string',
				default: '',
				placeholder: 'hunter, prospeo',
				displayOptions: { show: { '/resource': ['contact'] } },
				description: 'Only these, in this order, separated by commas',
			},
			{
				displayName: 'Strict',
				name: 'strict',
				type: 'boolean',
				default: false,
				displayOptions: { show: { '/resource': ['batch'] } },
				description: 'Whether to refuse the file where a single row is bad',
			},
			{
				displayName: 'Timeout (Seconds)',
				name: 'timeoutSeconds',
				type: 'number',
				default: 600,
				description: 'How long to wait; what was accepted goes on after that',
			},
			{
				displayName: 'Waterfall',
				name: 'waterfall',
				type: 'string',
				default: '',
				placeholder: 'cheapest',
				description: 'In which order providers are asked: tiers, cheapest, fastest, or one of your own',
			},
		],
	},
];

function text(displayName: string, name: string, placeholder: string, description?: string): INodeProperties {
	return {
		displayName,
		name,
		type: 'string',
		displayOptions: ofContact,
		default: '',
		placeholder,
		...(description ? { description } : {}),
	};
}
