import { join } from "node:path";
import { OperationError } from "@gantry/api";
import { defineContent } from "@gantry/api/plugin";
import { createImageOperations } from "./image-operations.ts";
import { openContentStore } from "./store/content-store.ts";

/** Content on the local disk, and images on top of it. Takes no options. */
export const contentRegistration = defineContent({
  id: "local",
  open: async (context) => {
    const [option] = Object.keys(context.options);
    if (option !== undefined) {
      throw new OperationError(
        "invalid-argument",
        { type: "content", id: context.root },
        `option ${option} is unknown`,
      );
    }
    const store = await openContentStore(context.root);
    try {
      const images = await createImageOperations({ mountDirectory: join(context.state, "unpack") });
      return { ready: { store, images } };
    } catch (error) {
      await store.close();
      throw error;
    }
  },
});
