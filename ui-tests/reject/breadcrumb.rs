use isohub::breadcrumb;

fn main() {
    breadcrumb!();
    breadcrumb!("category");
    breadcrumb!("category",);
    breadcrumb!("category" "message");
    breadcrumb!("category", "message" a = 1);
    breadcrumb!("category", "message", 1);
}
