import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import type { LeaseService } from "@gantry/api/gantry/leases/v1";

/** Serves `gantry.leases.v1.LeaseService`, as long as there is no garbage collection that a lease could hold off. */
export function createLeaseService(): ServiceImpl<typeof LeaseService> {
  const refuse = ({ id }: { readonly id: string }): never => {
    const detail = "this daemon collects no garbage of its own accord, so that nothing needs a lease";
    throw new OperationError("unimplemented", { type: "lease", id }, detail);
  };
  return {
    createLease: ({ lease }) => refuse({ id: lease?.id ?? "" }),
    deleteLease: refuse,
    listLeases: () => refuse({ id: "" }),
    addResource: refuse,
    removeResource: refuse,
    listResources: refuse,
  };
}
