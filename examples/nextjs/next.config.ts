import type { NextConfig } from "next";

const config: NextConfig = {
  // As create-next-app has them: what of a page is the same for everybody is rendered by the build.
  cacheComponents: true,
  partialPrefetching: true,
};

export default config;
