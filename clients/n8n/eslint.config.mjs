import { config } from '@n8n/node-cli/eslint';

export default [
	...config,
	{
		// The licence is that of leadrun; n8n asks for MIT only of nodes that it verifies itself.
		files: ['package.json'],
		rules: { 'n8n-nodes-base/community-package-json-license-not-default': 'off' },
	},
];
