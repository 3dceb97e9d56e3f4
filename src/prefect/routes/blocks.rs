//! Blocks and variables.

use crate::prefect::{ApiError, BlockDocument, BlockDocumentId, Client, Variable, call::Call};

/// Whether the secrets of a block are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSecrets {
    /// They are.
    Shown,
    /// The server puts asterisks in their place.
    Hidden,
}

impl Client {
    /// Reads a block document.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn read_block_document(
        &self,
        id: BlockDocumentId,
        secrets: BlockSecrets,
    ) -> Result<BlockDocument, ApiError> {
        let call = Call::get("/block_documents/{id}")
            .with(id)
            .query("include_secrets", secrets == BlockSecrets::Shown);
        self.read(call).await
    }

    /// Reads a block document by the slug of its type and its name.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn read_block_document_by_name(
        &self,
        block_type: &str,
        name: &str,
        secrets: BlockSecrets,
    ) -> Result<BlockDocument, ApiError> {
        let call = Call::get("/block_types/slug/{slug}/block_documents/name/{block_document_name}")
            .with(block_type)
            .with(name)
            .query("include_secrets", secrets == BlockSecrets::Shown);
        self.read(call).await
    }

    /// Reads a variable, or `None` when there is none of that name.
    ///
    /// # Errors
    /// As every route.
    pub async fn find_variable(&self, name: &str) -> Result<Option<Variable>, ApiError> {
        match self
            .read(Call::get("/variables/name/{name}").with(name))
            .await
        {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }
}
